import type { MetricsRegister } from "@fb/runtime";

export type ChainMetrics = ReturnType<typeof chainMetrics>;

export function chainMetrics(register: MetricsRegister) {
  return {
    height: register.gauge("fb_blockchain_height_blocks", "Height of the durable head"),
    lowest: register.gauge(
      "fb_blockchain_lowest_blocks",
      "Block from which on transactions and receipts are kept; 0 = all are",
    ),
    transactions: register.counter("fb_blockchain_transactions_total", "Committed transactions by outcome", [
      "outcome",
    ]),
    gas: register.counter("fb_blockchain_gas_total", "Gas used by committed blocks"),
    commit: register.histogram(
      "fb_blockchain_commit_ms",
      "Time from a commit's call until its batch is durable",
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000],
    ),
    replayKeys: register.gauge("fb_blockchain_replay_keys", "Replay keys held in memory"),
  };
}
