import type { Counter, Gauge, MetricsRegister } from "@fb/runtime";

export interface P2pMetrics {
  readonly peers: Gauge;
  readonly admissionRefused: Counter;
  readonly handshakesDropped: Counter;
  readonly dials: Counter;
  readonly channelRefused: Counter;
  readonly sentBytes: Counter;
  readonly receivedBytes: Counter;
  readonly receivedMessages: Counter;
  readonly dropped: Counter;
  readonly shed: Counter;
  readonly throttled: Counter;
  readonly faults: Counter;
}

const GROUP_MODULE = ["group", "module"];

/** The one metric of a channel's far end; the register of a group's thread adds the group. */
export function droppedMessages(register: MetricsRegister): Counter {
  return register.counter("fb_p2p_dropped_messages_total", "Messages not delivered", [...GROUP_MODULE, "cause"]);
}

export function p2pMetrics(register: MetricsRegister): P2pMetrics {
  return {
    peers: register.gauge("fb_p2p_peers", "Admitted peers connected now"),
    admissionRefused: register.counter(
      "fb_p2p_admission_refused_total",
      "Connections refused at admission, by us or by the peer",
      ["by", "reason"],
    ),
    handshakesDropped: register.counter(
      "fb_p2p_handshakes_dropped_total",
      "Connections from others dropped before they were admitted: no slot, too costly, too many bytes, too late",
      ["cause"],
    ),
    dials: register.counter("fb_p2p_dials_total", "Dials of static peers", ["result"]),
    channelRefused: register.counter(
      "fb_p2p_channel_refused_total",
      "Channel openings refused: unknown or stopped group, or peer not a member",
    ),
    sentBytes: register.counter("fb_p2p_sent_bytes_total", "Message bytes handed to streams", GROUP_MODULE),
    receivedBytes: register.counter("fb_p2p_received_bytes_total", "Message bytes received", GROUP_MODULE),
    receivedMessages: register.counter("fb_p2p_received_messages_total", "Messages received", GROUP_MODULE),
    dropped: droppedMessages(register),
    shed: register.counter("fb_p2p_shed_total", "Connections ended by this node because of what the peer did", [
      "cause",
    ]),
    throttled: register.counter(
      "fb_p2p_throttled_total",
      "Times a peer was not read for a while because its budget was used up",
      ["what"],
    ),
    faults: register.counter("fb_p2p_faults_total", "Faults that groups reported of peers", ["group", "action"]),
  };
}
