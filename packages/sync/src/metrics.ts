import type { MetricsRegister } from "@fb/runtime";

export type SyncMetrics = ReturnType<typeof syncMetrics>;

export function syncMetrics(register: MetricsRegister) {
  return {
    downloading: register.gauge("fb_sync_downloading", "1 while blocks are downloaded"),
    lag: register.gauge(
      "fb_sync_lag_blocks",
      "Blocks between the head and the highest height that enough sealers claim",
    ),
    gap: register.gauge("fb_sync_blocks_not_kept", "Next blocks that this node lacks and no connected member keeps"),
    imported: register.counter("fb_sync_blocks_imported_total", "Blocks that came by download"),
    heldBytes: register.gauge("fb_sync_held_bytes", "Bytes of downloaded blocks that wait for import"),
    discardedBytes: register.counter("fb_sync_discarded_bytes_total", "Bytes of answers for which there was no room"),
    served: register.counter("fb_sync_blocks_served_total", "Blocks sent to members that asked"),
    servedBytes: register.counter("fb_sync_served_bytes_total", "Bytes of blocks sent to members that asked"),
    refused: register.counter("fb_sync_requests_refused_total", "Requests not served, by reason", ["reason"]),
    dropped: register.counter("fb_sync_messages_dropped_total", "Messages not read, by reason (budget, queue, newer)", [
      "module",
      "reason",
    ]),
    waitingBytes: register.gauge("fb_sync_waiting_bytes", "Bytes of messages about transactions that wait unread"),
    serveWaits: register.counter(
      "fb_sync_serve_waits_total",
      "Block requests that waited for the budget of their member",
    ),
    faults: register.counter("fb_sync_peer_faults_total", "Faults of members, by code", ["code"]),
    txsSent: register.counter("fb_sync_transactions_sent_total", "Transactions sent, once for each member"),
    txsAnnounced: register.counter(
      "fb_sync_transactions_announced_total",
      "Hashes of transactions announced, once for each member, by outcome (queued, dropped)",
      ["outcome"],
    ),
    txsReceived: register.counter("fb_sync_transactions_received_total", "Transactions received, by outcome", [
      "outcome",
    ]),
    txsFetched: register.counter("fb_sync_transactions_fetched_total", "Transactions asked for by hash and received"),
  };
}
