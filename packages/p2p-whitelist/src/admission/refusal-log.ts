import { type Clock, type Counter, createQuotaLogger, type Logger, type MetricsRegister } from "@fb/runtime";
import type { NodeId } from "@fb/types";
import type { Direction } from "../contract.ts";
import type { Refusal } from "./encrypter.ts";
import { reasonName } from "./reasons.ts";

/** Pause before the same refusal of the same peer is logged again, and how many refusals are remembered for that. */
const REPEAT_MS = 60_000;
const MAX_REMEMBERED = 1000;
/** Lines a minute about those who connect to this node: whoever makes a new key each time is always news. */
const INBOUND_LINES = { perSource: 10, total: 60 };

export interface RefusalLog {
  note(
    refusal: Refusal,
    peer: { readonly node: NodeId | null; readonly address: string; readonly direction: Direction },
  ): void;
  /** A connected peer said why it leaves. */
  goodbye(code: number, node: NodeId): void;
  /** Writes down what was withheld. */
  close(): void;
}

export interface RefusalLogDeps {
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: MetricsRegister;
  readonly refused: Counter;
}

/** Tells the operator about refused handshakes, by name and not in a flood: static peers retry for ever. */
export function createRefusalLog(deps: RefusalLogDeps): RefusalLog {
  const { log, clock } = deps;
  const inbound = createQuotaLogger(log, { ...INBOUND_LINES, source: hostOf }, deps);
  const seen = new Map<string, number>();
  const isNews = (key: string): boolean => {
    const now = clock.monotonic();
    const last = seen.get(key);
    if (last !== undefined && now - last < REPEAT_MS) return false;
    seen.delete(key);
    seen.set(key, now);
    if (seen.size > MAX_REMEMBERED) seen.delete(seen.keys().next().value!);
    return true;
  };
  return {
    note(refusal, peer) {
      const { by, reason, issuer } = refusal;
      deps.refused.inc({ by, reason });
      const fields = { reason, peer: peer.node, address: peer.address, direction: peer.direction, issuer };
      // Both are part of normal operation.
      const isQuiet = reason === "DUPLICATE" || reason === "SELF" || !isNews(`${by} ${reason} ${peer.node}`);
      const event = by === "self" ? "peer-refused" : "refused-by-peer";
      // Whom this node dials is its operator's choice: strangers must not drown what becomes of that.
      const target = peer.direction === "inbound" ? inbound : log;
      if (isQuiet) log.debug(event, fields);
      else target.warn(event, fields);
    },
    goodbye(code, node) {
      const reason = reasonName(code);
      const isQuiet = reason === "SHUTDOWN" || reason === "DUPLICATE";
      if (isQuiet) log.debug("peer-left", { peer: node, reason });
      else if (isNews(`goodbye ${reason} ${node}`)) log.warn("refused-by-peer", { peer: node, reason });
    },
    close: () => inbound.close(),
  };
}

/** A stranger has as many ports as it likes. */
function hostOf({ address }: { readonly address?: unknown }): string {
  return String(address).replace(/:\d+$/, "");
}
