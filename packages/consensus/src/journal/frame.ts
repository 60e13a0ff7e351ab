import { crc32 } from "node:zlib";
import { concatBytes, equalBytes, type Hash, type Height } from "@fb/types";

/**
 * SPEC 3.2. File = header, then frames. One frame = what one fsync made durable.
 * header: "FBJ1", genesis hash (32), silent-through height (8), crc32 of all that (4)
 * frame:  "FBJF", payload length (4), crc32 of length and payload (4), payload = records, each length (4) and bytes
 * Integers are unsigned, big endian.
 */
const FILE_MAGIC = Uint8Array.of(0x46, 0x42, 0x4a, 0x31);
const FRAME_MAGIC = Uint8Array.of(0x46, 0x42, 0x4a, 0x46);
export const HEADER_BYTES = 48;
const FRAME_HEAD_BYTES = 12;

export function encodeFileHeader(genesisHash: Hash, silentThrough: Height): Uint8Array {
  const height = new Uint8Array(8);
  new DataView(height.buffer).setBigUint64(0, BigInt(silentThrough));
  const body = concatBytes(FILE_MAGIC, genesisHash, height);
  return concatBytes(body, uint32(crc32(body)));
}

export function encodeFrame(records: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const record of records) length += 4 + record.length;
  const out = new Uint8Array(FRAME_HEAD_BYTES + length);
  const view = new DataView(out.buffer);
  out.set(FRAME_MAGIC, 0);
  view.setUint32(4, length);
  let at = FRAME_HEAD_BYTES;
  for (const record of records) {
    view.setUint32(at, record.length);
    out.set(record, at + 4);
    at += 4 + record.length;
  }
  view.setUint32(8, frameChecksum(out, 0, length));
  return out;
}

export type ReadResult =
  /** `size`: bytes of the file that hold good frames; what follows is a torn write and must be cut off. */
  | {
      readonly ok: true;
      readonly records: readonly Uint8Array[];
      readonly size: number;
      readonly silentThrough: Height;
    }
  | { readonly ok: false; readonly code: "CORRUPT" | "FOREIGN"; readonly at: number };

/**
 * Reads a whole file. Only the last frame can be torn, because a frame is written after the one before it is synced;
 * a bad frame with a good one after it is damage.
 */
export function readFrames(file: Uint8Array, genesisHash: Hash): ReadResult {
  const header = file.subarray(0, HEADER_BYTES);
  const body = header.subarray(0, HEADER_BYTES - 4);
  if (header.length < HEADER_BYTES || !equalBytes(header.subarray(HEADER_BYTES - 4), uint32(crc32(body)))) {
    return { ok: false, code: "CORRUPT", at: 0 };
  }
  if (!equalBytes(header.subarray(0, 4), FILE_MAGIC) || !equalBytes(header.subarray(4, 36), genesisHash)) {
    return { ok: false, code: "FOREIGN", at: 0 };
  }
  const silentThrough = Number(new DataView(header.buffer, header.byteOffset + 36, 8).getBigUint64(0));
  const records: Uint8Array[] = [];
  let at = HEADER_BYTES;
  while (at < file.length) {
    const length = goodFrameAt(file, at);
    if (length === null) {
      if (anotherFrameAfter(file, at)) return { ok: false, code: "CORRUPT", at };
      break;
    }
    if (!splitRecords(file.subarray(at + FRAME_HEAD_BYTES, at + FRAME_HEAD_BYTES + length), records)) {
      return { ok: false, code: "CORRUPT", at };
    }
    at += FRAME_HEAD_BYTES + length;
  }
  return { ok: true, records, size: at, silentThrough };
}

function goodFrameAt(file: Uint8Array, at: number): number | null {
  if (at + FRAME_HEAD_BYTES > file.length || !equalBytes(file.subarray(at, at + 4), FRAME_MAGIC)) return null;
  const view = new DataView(file.buffer, file.byteOffset + at, FRAME_HEAD_BYTES);
  const length = view.getUint32(4);
  if (at + FRAME_HEAD_BYTES + length > file.length) return null;
  return view.getUint32(8) === frameChecksum(file, at, length) ? length : null;
}

function frameChecksum(bytes: Uint8Array, at: number, length: number): number {
  const start = crc32(bytes.subarray(at + 4, at + 8));
  return crc32(bytes.subarray(at + FRAME_HEAD_BYTES, at + FRAME_HEAD_BYTES + length), start);
}

function anotherFrameAfter(file: Uint8Array, bad: number): boolean {
  for (let at = bad + 1; at + FRAME_HEAD_BYTES <= file.length; at++) {
    if (file[at] === FRAME_MAGIC[0] && goodFrameAt(file, at) !== null) return true;
  }
  return false;
}

function splitRecords(payload: Uint8Array, into: Uint8Array[]): boolean {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  let at = 0;
  while (at < payload.length) {
    if (at + 4 > payload.length) return false;
    const end = at + 4 + view.getUint32(at);
    if (end > payload.length) return false;
    into.push(payload.slice(at + 4, end));
    at = end;
  }
  return true;
}

function uint32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}
