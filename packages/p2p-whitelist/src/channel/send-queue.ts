import { LENGTH_BYTES } from "./frames.ts";

/** Cost of a queued message beyond its bytes, so that empty messages are bounded too. */
const MESSAGE_OVERHEAD_BYTES = 64;

/** Messages waiting for one stream, bounded in bytes; what does not fit is refused (drop newest). */
export interface SendQueue {
  /** False = full. The payload is kept, not copied, until it is sent. */
  push(payload: Uint8Array): boolean;
  readonly isEmpty: boolean;
  readonly queuedBytes: number;
  /** The next at most `maxBytes` bytes of the stream: small messages packed together, big ones in slices. */
  take(maxBytes: number): Uint8Array;
}

/** A message longer than the bound still fits when the queue is empty. */
export function createSendQueue(maxQueuedBytes: number): SendQueue {
  let waiting: Uint8Array[] = [];
  let head = 0;
  /** Bytes of the first message already taken, its length prefix included. */
  let offset = 0;
  let queuedBytes = 0;

  const sizeOfBatch = (maxBytes: number): number => {
    let size = -offset;
    for (let i = head; i < waiting.length && size < maxBytes; i++) size += LENGTH_BYTES + waiting[i]!.length;
    return Math.min(size, maxBytes);
  };
  const drop = () => {
    queuedBytes -= waiting[head]!.length + MESSAGE_OVERHEAD_BYTES;
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
      const cost = payload.length + MESSAGE_OVERHEAD_BYTES;
      if (queuedBytes > 0 && queuedBytes + cost > maxQueuedBytes) return false;
      queuedBytes += cost;
      waiting.push(payload);
      return true;
    },
    get isEmpty() {
      return head === waiting.length;
    },
    get queuedBytes() {
      return queuedBytes;
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
  };
}
