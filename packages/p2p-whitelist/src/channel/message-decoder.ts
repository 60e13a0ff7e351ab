import { EMPTY } from "@fb/types";
import { LENGTH_BYTES } from "./frames.ts";

/**
 * Cuts a byte stream into messages, one at a time, so that whoever reads can stop between two. Memory held is what
 * arrived and, for one message, at most as much again; never what a length announces.
 */
export interface MessageDecoder {
  /** Adds bytes; they are kept as they are until they are decoded. */
  push(bytes: Uint8Array): void;
  /** The next complete message, as an array of its own; null when its bytes are not there yet. */
  next(): Uint8Array | null;
  /** False once a message longer than the limit was announced; the decoder is then of no further use. */
  readonly isSound: boolean;
  /** Bytes that were not looked at. */
  readonly waitingBytes: number;
}

const FIRST_BUFFER_BYTES = 64 * 1024;

export function createMessageDecoder(maxPayloadBytes: number): MessageDecoder {
  let parts: Uint8Array[] = [];
  let head = 0;
  let at = 0;
  let waitingBytes = 0;
  let headerBytes = 0;
  let length = 0;
  let buffer: Uint8Array = EMPTY;
  let used = 0;
  let isSound = true;

  const reserve = (more: number) => {
    if (used + more <= buffer.length) return;
    // Never more than the message needs, so a complete message fills its buffer exactly.
    const grown = new Uint8Array(Math.min(length, Math.max(used + more, 2 * used, FIRST_BUFFER_BYTES)));
    grown.set(buffer.subarray(0, used));
    buffer = grown;
  };
  const advance = (count: number) => {
    at += count;
    waitingBytes -= count;
    if (at < parts[head]!.length) return;
    at = 0;
    head++;
    if (head < parts.length) return;
    parts = [];
    head = 0;
  };
  const takeHeader = (): boolean => {
    while (headerBytes < LENGTH_BYTES && waitingBytes > 0) {
      length = length * 256 + parts[head]![at]!;
      headerBytes++;
      advance(1);
    }
    return headerBytes === LENGTH_BYTES;
  };

  return {
    push(bytes) {
      if (bytes.length === 0) return;
      parts.push(bytes);
      waitingBytes += bytes.length;
    },
    next() {
      if (!isSound || !takeHeader()) return null;
      if (length > maxPayloadBytes) {
        isSound = false;
        return null;
      }
      while (used < length && waitingBytes > 0) {
        const part = parts[head]!;
        const take = Math.min(length - used, part.length - at);
        reserve(take);
        buffer.set(part.subarray(at, at + take), used);
        used += take;
        advance(take);
      }
      if (used < length) return null;
      const payload = buffer;
      buffer = EMPTY;
      used = length = headerBytes = 0;
      return payload;
    },
    get isSound() {
      return isSound;
    },
    get waitingBytes() {
      return waitingBytes;
    },
  };
}
