import type { MetricsRegister } from "@fb/runtime";

export type PoolMetrics = ReturnType<typeof poolMetrics>;

export function poolMetrics(register: MetricsRegister) {
  return {
    transactions: register.gauge("fb_txpool_transactions", "Waiting transactions by state (pending, queued)", [
      "state",
    ]),
    bytes: register.gauge("fb_txpool_bytes", "Raw bytes of waiting transactions"),
    submitted: register.counter("fb_txpool_submitted_total", "Submitted transactions by outcome", [
      "source",
      "outcome",
    ]),
    dropped: register.counter("fb_txpool_dropped_total", "Transactions given up after they were accepted", ["reason"]),
    recovered: register.counter("fb_txpool_recovered_total", "Signatures recovered"),
  };
}
