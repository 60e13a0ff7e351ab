import type { MessagePort } from "node:worker_threads";
import type { MetricsRegister } from "@fb/runtime";
import {
  EMPTY,
  fromHex,
  type GroupChannel,
  type GroupId,
  MODULES,
  type ModuleName,
  type NodeId,
  type PeerAction,
  toHex,
} from "@fb/types";
import { MODULE_NAMES } from "../channel/frames.ts";
import { droppedMessages } from "../metrics.ts";
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

export const ACTIONS: readonly PeerAction[] = ["ignore", "penalise", "disconnect"];
const NODE_ID_BYTES = 64;

/**
 * Lets a group in another thread use `channel` through `port` (the other end is `createRemoteChannel`). The channel
 * belongs to the port from now on: it is closed when the other side closes it or its thread ends.
 */
export function exposeChannel(
  channel: GroupChannel,
  port: MessagePort,
  deps: { readonly groupId: GroupId; readonly metrics: MetricsRegister },
): void {
  const dropped = droppedMessages(deps.metrics);
  const group = String(deps.groupId);
  const writer = createPortWriter(port);
  // One peer alone may use half of it: room for the longest payload and some short ones.
  const credit = createPortCredit(3 * channel.maxPayloadBytes, true);
  const slots = new Map<NodeId, number>();
  const nodes = new Map<number, NodeId>();
  let nextSlot = 1;

  const toWorker = (type: number, peer: number, body: Uint8Array, module = 0) =>
    writer.write({ type, module, peer, body });
  const stops = [
    channel.onPeer((node, up) => {
      if (up) {
        slots.set(node, nextSlot);
        nodes.set(nextSlot, node);
        toWorker(RECORD.peerUp, nextSlot++, fromHex(node)!);
      } else {
        const slot = slots.get(node)!;
        slots.delete(node);
        nodes.delete(slot);
        toWorker(RECORD.peerDown, slot, EMPTY);
      }
    }),
    ...MODULE_NAMES.map((name) =>
      channel.onMessage(name, (from, payload) => {
        const slot = slots.get(from);
        if (slot === undefined) return;
        if (!credit.take(MODULES[name], slot, payload.length))
          return dropped.inc({ group, module: name, cause: "thread" });
        toWorker(RECORD.message, slot, payload, MODULES[name]);
      }),
    ),
  ];

  const forward = ({ module, peer, body }: PortRecord) => {
    const name = moduleOf(module);
    const copy = body.slice();
    if (peer === EVERYBODY) {
      channel.broadcast(name, copy);
      return;
    }
    const node = nodes.get(peer);
    if (node === undefined || channel.send(node, name, copy) === "dropped")
      dropped.inc({ group, module: name, cause: "late" });
  };
  const close = () => {
    for (const stop of stops.splice(0)) stop();
    void channel.close().finally(() => port.close());
  };

  port.on("message", (batch: Uint8Array) => {
    const messages: PortRecord[] = [];
    readRecords(batch, (record) => {
      if (record.type === RECORD.message) {
        messages.push(record);
        forward(record);
      } else if (record.type === RECORD.credit) credit.giveBack(record.module, record.peer, creditOf(record));
      else if (record.type === RECORD.members) channel.setMembers(readNodeIds(record.body));
      else if (record.type === RECORD.close) close();
      else if (record.type === RECORD.report) {
        const node = nodes.get(record.peer);
        const code = new TextDecoder().decode(record.body.subarray(1));
        if (node !== undefined) channel.report(node, ACTIONS[record.body[0]!]!, code);
      }
    });
    for (const record of creditFor(messages)) writer.write(record);
  });
  port.on("close", close);
}

export function moduleOf(code: number): ModuleName {
  return MODULE_NAMES.find((name) => MODULES[name] === code)!;
}

function readNodeIds(bytes: Uint8Array): NodeId[] {
  const ids: NodeId[] = [];
  for (let at = 0; at < bytes.length; at += NODE_ID_BYTES)
    ids.push(toHex(bytes.subarray(at, at + NODE_ID_BYTES)) as NodeId);
  return ids;
}
