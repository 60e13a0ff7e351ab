import { type Clock, createQuotaLogger, type Logger, type MetricsRegister, type QuotaLogger } from "@fb/runtime";

/** Lines a minute. */
const COMINGS_AND_GOINGS = { perSource: 10, total: 240 };

/** For lines about the comings and goings of peers (`peer` names it): an admitted one may reconnect for ever. */
export function createPeerLog(
  log: Logger,
  deps: { readonly clock: Clock; readonly register: MetricsRegister },
): QuotaLogger {
  const options = { ...COMINGS_AND_GOINGS, source: ({ peer }: { readonly peer?: unknown }) => String(peer) };
  return createQuotaLogger(log, options, { clock: deps.clock, metrics: deps.register });
}
