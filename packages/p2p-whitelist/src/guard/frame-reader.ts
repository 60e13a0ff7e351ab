import { EMPTY } from "@fb/types";
import { decodeFrameHeader, FRAME, FRAME_HEADER_BYTES, type FrameHeader } from "./yamux-frames.ts";

/**
 * Cuts received bytes into frames. A frame that lies in one piece is handed out as it lies; one that arrives in parts is
 * put together in one buffer of its size, so that a peer who sends byte by byte makes nothing grow.
 */
export interface FrameReader {
  push(bytes: Uint8Array): void;
  /**
   * The next whole frame with its header; null when there is none yet or `judge` refused. `judge` sees each header once,
   * before room for the body is made: it bounds the length.
   */
  next(judge: (header: FrameHeader) => boolean): Uint8Array | null;
  /** Whether bytes wait that were not looked at. */
  readonly hasMore: boolean;
  /** Bytes held. */
  readonly bytes: number;
  clear(): void;
}

export function createFrameReader(): FrameReader {
  let parts: Uint8Array[] = [];
  let head = 0;
  let at = 0;
  const headerBuffer = new Uint8Array(FRAME_HEADER_BYTES);
  /** The frame that is being put together. */
  let partial = headerBuffer;
  let filled = 0;
  let needed = FRAME_HEADER_BYTES;

  const advance = (count: number) => {
    at += count;
    if (at < parts[head]!.length) return;
    at = 0;
    head++;
    if (head === parts.length) {
      parts = [];
      head = 0;
    }
  };
  const sizeOf = ({ type, length }: FrameHeader) => FRAME_HEADER_BYTES + (type === FRAME.data ? length : 0);
  const reset = () => {
    partial = headerBuffer;
    filled = 0;
    needed = FRAME_HEADER_BYTES;
  };

  return {
    push(bytes) {
      if (bytes.length > 0) parts.push(bytes);
    },
    next(judge) {
      while (head < parts.length) {
        const part = parts[head]!;
        if (filled === 0 && part.length - at >= FRAME_HEADER_BYTES) {
          const header = decodeFrameHeader(part, at);
          if (!judge(header)) return null;
          const size = sizeOf(header);
          if (part.length - at >= size) {
            const frame = part.subarray(at, at + size);
            advance(size);
            return frame;
          }
          partial = new Uint8Array(size);
          needed = size;
        }
        const count = Math.min(needed - filled, part.length - at);
        partial.set(part.subarray(at, at + count), filled);
        filled += count;
        advance(count);
        if (filled < needed) continue;
        if (partial === headerBuffer) {
          const header = decodeFrameHeader(headerBuffer);
          if (!judge(header)) return null;
          needed = sizeOf(header);
          partial = new Uint8Array(needed);
          partial.set(headerBuffer);
          if (filled < needed) continue;
        }
        const frame = partial;
        reset();
        return frame;
      }
      return null;
    },
    get hasMore() {
      return head < parts.length;
    },
    get bytes() {
      let total = filled - at;
      for (let i = head; i < parts.length; i++) total += parts[i]!.length;
      return total;
    },
    clear() {
      parts = [];
      head = at = 0;
      partial = EMPTY;
      reset();
    },
  };
}
