import { createHash } from "node:crypto";
import { concatBytes } from "@fb/types";

/** "fbfile", a zero byte and the version of the format (SPEC 2.1). */
export const MAGIC = Uint8Array.of(0x66, 0x62, 0x66, 0x69, 0x6c, 0x65, 0x00, 0x01);

/** Frames in the order in which they come: one header, any number of items, one footer. */
export const FRAME = { header: 1, items: 2, footer: 3 } as const;

/** Type and length. */
export const FRAME_HEAD_BYTES = 5;
export const DIGEST_BYTES = 32;
/** Items after which a frame is closed. */
export const FRAME_BYTES = 1024 * 1024;
/** One item may be larger than that: a row with several large fields. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** What a file begins the chain of its digests with. */
export function firstDigest(): Uint8Array {
  return sha256(MAGIC);
}

/** Of a frame and of all before it (SPEC 2.2). */
export function frameDigest(previous: Uint8Array, head: Uint8Array, payload: Uint8Array): Uint8Array {
  return sha256(previous, head, payload);
}

export function frameHead(type: number, length: number): Uint8Array {
  return concatBytes(Uint8Array.of(type), uint32(length));
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}
