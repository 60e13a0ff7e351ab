import type { MetricsRegister } from "@fb/runtime";

/** `outcome` is ok or error; `method` is a name of the method table or "unknown". */
export function rpcMetrics(register: MetricsRegister) {
  return {
    requests: register.counter("fb_rpc_requests_total", "JSON-RPC requests answered", ["method", "outcome"]),
    seconds: register.histogram(
      "fb_rpc_request_seconds",
      "Time to answer a request, from thread hops of a look-up (1 ms) to the call time limit (5 s)",
      [0.001, 0.005, 0.02, 0.1, 0.5, 2, 5],
      ["method"],
    ),
    submits: register.counter(
      "fb_rpc_submits_total",
      "Transactions accepted, by what was known when they were answered: durable, waiting, halted or dropped",
      ["fate"],
    ),
    rejected: register.counter("fb_rpc_rejected_total", "Bodies and connections turned away", ["reason"]),
    refused: register.counter(
      "fb_rpc_refused_total",
      "Requests refused as busy, by what was used up: answers (bytes), kept (filters and subscriptions), reads, calls, submits",
      ["what"],
    ),
    cut: register.counter(
      "fb_rpc_cut_total",
      "Connections cut, by reason: answer or body without progress, unread, connections",
      ["reason"],
    ),
    held: register.counter(
      "fb_rpc_held_total",
      "Requests that waited for the share of the thread of their address",
      [],
    ),
    answerBytes: register.gauge(
      "fb_rpc_answer_bytes",
      "Bytes of answers from when they are asked for until they are written",
    ),
    bodyBytes: register.gauge("fb_rpc_body_bytes", "Bytes of request bodies being received or answered"),
    connections: register.gauge("fb_rpc_connections", "Open connections"),
    sockets: register.gauge("fb_rpc_sockets", "Open WebSockets"),
    subscriptions: register.gauge("fb_rpc_subscriptions", "Live subscriptions"),
    filters: register.gauge("fb_rpc_filters", "Filters kept for polling clients"),
  };
}

export type RpcMetrics = ReturnType<typeof rpcMetrics>;
