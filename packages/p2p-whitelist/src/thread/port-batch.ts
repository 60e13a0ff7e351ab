import type { MessagePort } from "node:worker_threads";

/**
 * What crosses a thread: records packed into one buffer per turn of the event loop, which is transferred, not cloned.
 * A record is type(1) module(1) zero(2) peer(4) length(4) body, big endian. Both ends are this program.
 */
export const RECORD = {
  /** Body: a payload. */
  message: 1,
  /** Main to worker. Body: node id, 64 bytes; `peer` is its slot, never used before. */
  peerUp: 2,
  /** Main to worker. */
  peerDown: 3,
  /** Body: bytes of a module's messages of a peer that were taken over, 4 bytes. */
  credit: 4,
  /** Worker to main. Body: action(1) and code. */
  report: 5,
  /** Worker to main. Body: node ids, 64 bytes each. */
  members: 6,
  /** Worker to main. */
  close: 7,
} as const;

/** Peer slot of a message to everybody. */
export const EVERYBODY = 0xffffffff;
const HEADER_BYTES = 12;

export interface PortRecord {
  readonly type: number;
  readonly module: number;
  readonly peer: number;
  readonly body: Uint8Array;
}

/** Collects records and posts them together at the end of the turn. */
export interface PortWriter {
  write(record: PortRecord): void;
  /** Posts what was collected at once. */
  flush(): void;
}

export function createPortWriter(port: MessagePort): PortWriter {
  let records: PortRecord[] = [];
  const flush = () => {
    if (records.length === 0) return;
    const batch = packRecords(records);
    records = [];
    port.postMessage(batch, [batch.buffer as ArrayBuffer]);
  };
  return {
    write(record) {
      records.push(record);
      if (records.length === 1) setImmediate(flush);
    },
    flush,
  };
}

export function packRecords(records: readonly PortRecord[]): Uint8Array {
  let length = 0;
  for (const record of records) length += HEADER_BYTES + record.body.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { type, module, peer, body } of records) {
    bytes[at] = type;
    bytes[at + 1] = module;
    view.setUint32(at + 4, peer);
    view.setUint32(at + 8, body.length);
    bytes.set(body, at + HEADER_BYTES);
    at += HEADER_BYTES + body.length;
  }
  return bytes;
}

/** Calls `take` for each record of a batch, in order. Bodies are views into the batch. */
export function readRecords(batch: Uint8Array, take: (record: PortRecord) => void): void {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
  for (let at = 0; at + HEADER_BYTES <= batch.length; ) {
    const end = at + HEADER_BYTES + view.getUint32(at + 8);
    const body = batch.subarray(at + HEADER_BYTES, end);
    take({ type: batch[at]!, module: batch[at + 1]!, peer: view.getUint32(at + 4), body });
    at = end;
  }
}

/** Bytes that may be under way to the other thread, per module. */
export interface PortCredit {
  /**
   * Reserves room for a message of a peer; false = no room. A message larger than the window fits when nothing is under
   * way.
   */
  take(module: number, peer: number, bytes: number): boolean;
  giveBack(module: number, peer: number, bytes: number): void;
}

/** What a message costs beyond its bytes, so that short ones are bounded in number. */
const MESSAGE_OVERHEAD_BYTES = 128;

interface UnderWay {
  total: number;
  readonly ofPeer: Map<number, number>;
}

/**
 * @param isShared true when peers must not use up each other's room: then one may have as much under way as is still
 * free, so whoever floods is left with half of the window, two with a third each, and there is always room for another.
 */
export function createPortCredit(windowBytes: number, isShared: boolean): PortCredit {
  const modules = new Map<number, UnderWay>();
  const underWay = (module: number): UnderWay => {
    let state = modules.get(module);
    if (state === undefined) modules.set(module, (state = { total: 0, ofPeer: new Map() }));
    return state;
  };
  return {
    take(module, peer, bytes) {
      const state = underWay(module);
      const cost = bytes + MESSAGE_OVERHEAD_BYTES;
      const own = state.ofPeer.get(peer) ?? 0;
      const free = windowBytes - state.total;
      const hasRoom = cost <= free && (!isShared || own + cost <= free);
      if (!hasRoom && state.total > 0) return false;
      state.total += cost;
      if (isShared) state.ofPeer.set(peer, own + cost);
      return true;
    },
    giveBack(module, peer, bytes) {
      const state = underWay(module);
      state.total -= bytes;
      if (!isShared) return;
      const left = state.ofPeer.get(peer)! - bytes;
      if (left > 0) state.ofPeer.set(peer, left);
      else state.ofPeer.delete(peer);
    },
  };
}

/** Adds up what a batch used of the window, by module and peer, and returns it as credit records. */
export function creditFor(messages: readonly PortRecord[]): PortRecord[] {
  const used = new Map<number, Map<number, number>>();
  for (const { module, peer, body } of messages) {
    let ofPeer = used.get(module);
    if (ofPeer === undefined) used.set(module, (ofPeer = new Map()));
    ofPeer.set(peer, (ofPeer.get(peer) ?? 0) + body.length + MESSAGE_OVERHEAD_BYTES);
  }
  const records: PortRecord[] = [];
  for (const [module, ofPeer] of used) {
    for (const [peer, bytes] of ofPeer) {
      const body = new Uint8Array(4);
      new DataView(body.buffer).setUint32(0, bytes);
      records.push({ type: RECORD.credit, module, peer, body });
    }
  }
  return records;
}

export function creditOf(record: PortRecord): number {
  return new DataView(record.body.buffer, record.body.byteOffset).getUint32(0);
}
