import type { NotReadyCode } from "@fb/api";
import type { Gauge, MetricsRegister } from "@fb/runtime";

const CODES: readonly NotReadyCode[] = [
  "HALTED",
  "NOT_A_MEMBER",
  "QUORUM_UNREACHABLE",
  "SYNCING",
  "NO_PROGRESS",
  "STORAGE_WAITING",
];

export interface HealthMetrics {
  readonly ready: Gauge;
  /** By code: tells whether it holds. */
  readonly reasons: ReadonlyMap<NotReadyCode, (holds: boolean) => void>;
  readonly sealersReached: Gauge;
  readonly sealersNeeded: Gauge;
  readonly stalled: Gauge;
}

export function healthMetrics(register: MetricsRegister): HealthMetrics {
  const reason = register.gauge("fb_ledger_not_ready", "1 while this keeps the node from serving the group", [
    "reason",
  ]);
  return {
    ready: register.gauge("fb_ledger_ready", "1 while the node can serve the group"),
    reasons: new Map(CODES.map((code) => [code, (holds) => reason.set(holds ? 1 : 0, { reason: code })])),
    sealersReached: register.gauge("fb_ledger_sealers_reached", "Sealers connected, this node counted when it is one"),
    sealersNeeded: register.gauge("fb_ledger_sealers_needed", "Sealers that a decision needs"),
    stalled: register.gauge("fb_ledger_stalled_seconds", "Since when there has been work without a new block"),
  };
}
