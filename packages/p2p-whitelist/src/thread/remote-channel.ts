import type { MessagePort } from "node:worker_threads";
import type { Logger, MetricsRegister } from "@fb/runtime";
import {
  concatBytes,
  EMPTY,
  fromHex,
  type GroupChannel,
  MODULES,
  type ModuleName,
  type NodeId,
  type SendResult,
  toHex,
} from "@fb/types";
import { createHandlers } from "../channel/handlers.ts";
import { droppedMessages } from "../metrics.ts";
import type { RemoteChannelOptions } from "../options.ts";
import { ACTIONS, moduleOf } from "./expose-channel.ts";
import {
  createPortCredit,
  createPortWriter,
  creditFor,
  creditOf,
  EVERYBODY,
  type PortRecord,
  RECORD,
  readRecords,
} from "./port-batch.ts";

/**
 * A group's channel in a thread that has no network: the other end of `exposeChannel`. `queued` means that the message
 * is on its way to the network thread; a queue that is full there drops it and counts it.
 */
export function createRemoteChannel(
  port: MessagePort,
  options: RemoteChannelOptions,
  deps: { readonly log: Logger; readonly metrics: MetricsRegister },
): GroupChannel {
  const dropped = droppedMessages(deps.metrics);
  const writer = createPortWriter(port);
  // Room for the longest payload and some short ones.
  const credit = createPortCredit(Math.floor(1.25 * options.maxPayloadBytes), false);
  const handlers = createHandlers((error) => deps.log.error("channel-handler-threw", { error: String(error) }));
  const slots = new Map<NodeId, number>();
  const nodes = new Map<number, NodeId>();
  let peers: readonly NodeId[] = [];
  let isClosed = false;
  let whenClosed = () => {};
  const closed = new Promise<void>((resolve) => (whenClosed = resolve));

  const up = (slot: number, node: NodeId) => {
    slots.set(node, slot);
    nodes.set(slot, node);
    peers = [...slots.keys()].sort();
    handlers.peer(node, true);
  };
  const down = (node: NodeId) => {
    const slot = slots.get(node);
    if (slot === undefined) return;
    slots.delete(node);
    nodes.delete(slot);
    peers = [...slots.keys()].sort();
    handlers.peer(node, false);
  };
  const receive = ({ module, peer, body }: PortRecord, batchBytes: number) => {
    const from = nodes.get(peer);
    if (from === undefined) return;
    // A view of a small message would keep the whole batch in memory.
    const payload = body.length * 2 > batchBytes ? body : body.slice();
    if (!handlers.message(moduleOf(module), from, payload)) dropped.inc({ module: moduleOf(module), cause: "handler" });
  };
  const post = (module: ModuleName, slot: number, payload: Uint8Array): boolean => {
    if (payload.length > options.maxPayloadBytes || !credit.take(MODULES[module], slot, payload.length)) {
      dropped.inc({ module, cause: payload.length > options.maxPayloadBytes ? "oversize" : "thread" });
      return false;
    }
    writer.write({ type: RECORD.message, module: MODULES[module], peer: slot, body: payload });
    return true;
  };

  port.on("message", (batch: Uint8Array) => {
    const messages: PortRecord[] = [];
    readRecords(batch, (record) => {
      if (record.type === RECORD.credit) credit.giveBack(record.module, record.peer, creditOf(record));
      if (record.type === RECORD.message) messages.push(record);
      if (isClosed) return;
      if (record.type === RECORD.message) receive(record, batch.length);
      else if (record.type === RECORD.peerUp) up(record.peer, toHex(record.body) as NodeId);
      else if (record.type === RECORD.peerDown && nodes.has(record.peer)) down(nodes.get(record.peer)!);
    });
    for (const record of creditFor(messages)) writer.write(record);
  });
  port.on("close", () => {
    isClosed = true;
    peers = [];
    whenClosed();
  });

  return {
    self: options.self,
    maxPayloadBytes: options.maxPayloadBytes,
    peers: () => peers,
    send(peer, module, payload): SendResult {
      const slot = slots.get(peer);
      return !isClosed && slot !== undefined && post(module, slot, payload) ? "queued" : "dropped";
    },
    broadcast: (module, payload) =>
      !isClosed && peers.length > 0 && post(module, EVERYBODY, payload) ? peers.length : 0,
    onMessage: handlers.onMessage,
    onPeer: (handler) => handlers.onPeer(handler, peers),
    report(peer, action, code) {
      const slot = slots.get(peer);
      if (isClosed || slot === undefined) return;
      const body = concatBytes(Uint8Array.of(ACTIONS.indexOf(action)), new TextEncoder().encode(code));
      writer.write({ type: RECORD.report, module: 0, peer: slot, body });
      if (action === "disconnect") down(peer);
    },
    setMembers(members) {
      if (isClosed) return;
      for (const peer of peers) if (!members.includes(peer)) down(peer);
      const body = concatBytes(...members.map((member) => fromHex(member)!));
      writer.write({ type: RECORD.members, module: 0, peer: 0, body });
    },
    close() {
      if (!isClosed) {
        isClosed = true;
        peers = [];
        handlers.clear();
        writer.write({ type: RECORD.close, module: 0, peer: 0, body: EMPTY });
        writer.flush();
      }
      return closed;
    },
  };
}
