import { EMPTY } from "@fb/types";
import { LENGTH_BYTES } from "./frames.ts";

/** Where a queue has room from. */
export interface QueueRoom {
  /** False = there is none for this payload. */
  take(payload: Uint8Array): boolean;
  giveBack(payload: Uint8Array): void;
}

/** Messages waiting for one stream; what finds no room is refused (drop newest). */
export interface SendQueue {
  /** False = no room. The payload is kept, not copied, until it is sent. */
  push(payload: Uint8Array): boolean;
  readonly isEmpty: boolean;
  /** The next at most `maxBytes` bytes of the stream: small messages packed together, big ones in slices. */
  take(maxBytes: number): Uint8Array;
  /** Forgets what waits, because the stream has ended. */
  clear(): void;
}

export function createSendQueue(room: QueueRoom): SendQueue {
  let waiting: Uint8Array[] = [];
  let head = 0;
  /** Bytes of the first message already taken, its length prefix included. */
  let offset = 0;

  const sizeOfBatch = (maxBytes: number): number => {
    let size = -offset;
    for (let i = head; i < waiting.length && size < maxBytes; i++) size += LENGTH_BYTES + waiting[i]!.length;
    return Math.min(size, maxBytes);
  };
  const drop = () => {
    room.giveBack(waiting[head]!);
    // A queue that is never empty would keep what it has sent.
    waiting[head] = EMPTY;
    head++;
    offset = 0;
    if (head === waiting.length) {
      waiting = [];
      head = 0;
    } else if (head > 1024 && head * 2 > waiting.length) {
      waiting = waiting.slice(head);
      head = 0;
    }
  };

  return {
    push(payload) {
      if (!room.take(payload)) return false;
      waiting.push(payload);
      return true;
    },
    get isEmpty() {
      return head === waiting.length;
    },
    take(maxBytes) {
      const out = new Uint8Array(sizeOfBatch(maxBytes));
      let at = 0;
      while (at < out.length) {
        const payload = waiting[head]!;
        while (offset < LENGTH_BYTES && at < out.length) {
          out[at++] = (payload.length >>> (8 * (LENGTH_BYTES - 1 - offset))) & 0xff;
          offset++;
        }
        const done = offset - LENGTH_BYTES;
        const count = Math.min(payload.length - done, out.length - at);
        if (count > 0) out.set(payload.subarray(done, done + count), at);
        at += Math.max(0, count);
        offset += Math.max(0, count);
        if (offset === LENGTH_BYTES + payload.length) drop();
      }
      return out;
    },
    clear() {
      for (const payload of waiting.slice(head)) room.giveBack(payload);
      waiting = [];
      head = 0;
      offset = 0;
    },
  };
}
