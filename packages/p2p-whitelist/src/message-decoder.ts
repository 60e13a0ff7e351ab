import { EMPTY } from "@fb/types";
import { LENGTH_BYTES } from "./channel-frames.ts";

/** Cuts a byte stream into messages. Memory held is at most twice what arrived, never what a length announces. */
export interface MessageDecoder {
  /**
   * Takes the next bytes and hands every complete message, as an array of its own, to `emit`.
   * False when a message longer than the limit is announced; the decoder is then of no further use.
   */
  push(bytes: Uint8Array, emit: (payload: Uint8Array) => void): boolean;
}

const FIRST_BUFFER_BYTES = 64 * 1024;

export function createMessageDecoder(maxPayloadBytes: number): MessageDecoder {
  let headerBytes = 0;
  let length = 0;
  let buffer: Uint8Array = EMPTY;
  let used = 0;

  const reserve = (more: number) => {
    if (used + more <= buffer.length) return;
    // Never more than the message needs, so a complete message fills its buffer exactly.
    const grown = new Uint8Array(Math.min(length, Math.max(used + more, 2 * used, FIRST_BUFFER_BYTES)));
    grown.set(buffer.subarray(0, used));
    buffer = grown;
  };

  return {
    push(bytes, emit) {
      let at = 0;
      while (at < bytes.length) {
        if (headerBytes < LENGTH_BYTES) {
          length = length * 256 + bytes[at++]!;
          if (++headerBytes < LENGTH_BYTES) continue;
          if (length > maxPayloadBytes) return false;
        }
        const take = Math.min(length - used, bytes.length - at);
        reserve(take);
        buffer.set(bytes.subarray(at, at + take), used);
        at += take;
        used += take;
        if (used < length) continue;
        const payload = buffer;
        buffer = EMPTY;
        used = length = headerBytes = 0;
        emit(payload);
      }
      return true;
    },
  };
}
