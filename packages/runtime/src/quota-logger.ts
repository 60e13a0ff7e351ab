import type { Clock } from "./clock.ts";
import type { LogFields, Logger } from "./logger.ts";
import type { MetricsRegister } from "./metrics.ts";
import type { QuotaLoggerOptions } from "./options.ts";

export interface QuotaLogger extends Logger {
  /** Writes down what was withheld until now. Idempotent. */
  close(): void;
}

const MINUTE_MS = 60_000;

/**
 * A logger for events that strangers, peers or clients can provoke as often as they like. Beyond the quotas lines are
 * counted (`fb_runtime_log_withheld_total`) instead of written, and one line a minute (`lines-withheld`) says how many
 * of which events there were and whose were the most. Lines of level debug are not limited: who turns them on wants
 * them all.
 */
export function createQuotaLogger(
  log: Logger,
  options: QuotaLoggerOptions,
  deps: { readonly clock: Clock; readonly metrics: MetricsRegister },
): QuotaLogger {
  const { clock } = deps;
  const withheldTotal = deps.metrics.counter(
    "fb_runtime_log_withheld_total",
    "Log lines not written because strangers, peers or clients caused too many",
    ["event"],
  );
  /** Of this minute; only a line that was written makes a source known, so there are at most `total`. */
  const sources = new Map<string, { written: number; withheld: number }>();
  const events = new Set<string>();
  let sinceMs = Number.NEGATIVE_INFINITY;
  let written = 0;
  let withheld = 0;
  let cancel = () => {};

  const summarise = () => {
    cancel();
    if (withheld > 0) {
      const [source, most] = [...sources].reduce((a, b) => (b[1].withheld > a[1].withheld ? b : a));
      log.warn("lines-withheld", {
        lines: withheld,
        of: [...events].sort().join(" "),
        ...(most.withheld > 0 ? { mostOf: source, itsLines: most.withheld } : {}),
      });
    }
    sources.clear();
    events.clear();
    written = 0;
    withheld = 0;
  };

  const mayWrite = (event: string, source: string): boolean => {
    const now = clock.monotonic();
    if (now - sinceMs >= MINUTE_MS) {
      summarise();
      sinceMs = now;
    }
    const known = sources.get(source);
    if (written < options.total && (known?.written ?? 0) < options.perSource) {
      written++;
      if (known === undefined) sources.set(source, { written: 1, withheld: 0 });
      else known.written++;
      return true;
    }
    if (withheld++ === 0) cancel = clock.after(sinceMs + MINUTE_MS - now, summarise);
    if (known !== undefined) known.withheld++;
    events.add(event);
    withheldTotal.inc({ event });
    return false;
  };

  const wrap = (target: Logger, bound: LogFields): Logger => {
    const at = (level: "info" | "warn" | "error") => (event: string, fields?: LogFields) => {
      if (mayWrite(event, options.source({ ...bound, ...fields }))) target[level](event, fields);
    };
    return {
      debug: target.debug,
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => wrap(target.child(fields), { ...bound, ...fields }),
    };
  };
  return { ...wrap(log, {}), close: summarise };
}
