import type { MetricsRegister } from "@fb/runtime";

const MS_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

export type ConsensusMetrics = ReturnType<typeof consensusMetrics>;

export function consensusMetrics(register: MetricsRegister) {
  return {
    height: register.gauge("fb_consensus_height", "Height being decided"),
    round: register.gauge("fb_consensus_round", "PBFT view or Raft term"),
    halted: register.gauge("fb_consensus_halted", "1 when the engine has halted"),
    received: register.counter("fb_consensus_received_total", "Messages that entered the inbox"),
    dropped: register.counter("fb_consensus_dropped_total", "Messages dropped before the machine", ["reason"]),
    rejected: register.counter("fb_consensus_rejected_total", "Messages the machine refused", ["code"]),
    sent: register.counter("fb_consensus_sent_total", "Messages queued for a peer"),
    unsent: register.counter("fb_consensus_unsent_total", "Messages the channel dropped"),
    signatureChecks: register.counter("fb_consensus_signature_checks_total", "Signatures verified before the inbox"),
    inbox: register.gauge("fb_consensus_inbox_messages", "Inputs waiting"),
    journalBytes: register.gauge("fb_consensus_journal_bytes", "Size of the journal file"),
    fsync: register.histogram("fb_consensus_fsync_ms", "Journal write and fsync of one group of records", MS_BUCKETS),
    fsyncRecords: register.counter("fb_consensus_journal_records_total", "Records made durable"),
    execution: register.histogram("fb_consensus_execution_ms", "Judging and executing a proposal", MS_BUCKETS),
    decided: register.counter("fb_consensus_decided_total", "Blocks this node decided"),
    blockTransactions: register.histogram(
      "fb_consensus_block_transactions",
      "Transactions in a block we sealed",
      [1, 10, 50, 100, 500, 1000, 2000, 5000, 10_000],
    ),
  };
}
