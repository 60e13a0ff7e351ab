import { crc32 } from "node:zlib";
import { concatBytes, equalBytes, type Hash, type Height } from "@fb/types";

/**
 * SPEC 3.2. File = header, then frames. One frame = what one fsync made durable.
 * header: "FBJ2", genesis hash (32), salt (8), silent-through height (8), 1 when promises may be missing (1), crc32 (4)
 * frame:  salt (8), number (4), mark (8), payload length (4), crc32 of the payload (4), crc32 of all that (4);
 *         payload = records, each length (4) and bytes
 * Integers are unsigned, big endian. Frames of a file are numbered from 1.
 */
const MAGIC = ascii("FBJ2");
const OLD_MAGIC = ascii("FBJ1");
const HEADER_BYTES = 57;
const FRAME_HEAD_BYTES = 32;
export const SALT_BYTES = 8;
/** Records that wait for one fsync are a few per peer; while a disk hangs they can be more than fit into a frame. */
export const MAX_RECORDS_IN_FRAME = 65_536;

/** What a journal file says of itself; see SPEC 3.6. */
export interface FileHeader {
  readonly genesisHash: Hash;
  /**
   * Random for every file, and never told to anybody: bytes that came from a peer cannot contain the beginning of a
   * frame of this file.
   */
  readonly salt: Uint8Array;
  readonly silentThrough: Height;
  readonly incomplete: boolean;
}

/** Which frame of which file. */
export interface FramePosition {
  readonly salt: Uint8Array;
  /** Of the frame, from 1. */
  readonly number: number;
}

export function encodeFileHeader({ genesisHash, salt, silentThrough, incomplete }: FileHeader): Uint8Array {
  const flag = Uint8Array.of(incomplete ? 1 : 0);
  const body = concatBytes(MAGIC, genesisHash, salt, uint64(silentThrough), flag);
  return concatBytes(body, uint32(crc32(body)));
}

/** @param mark highest head known to be stored. */
export function encodeFrame({ salt, number }: FramePosition, mark: Height, records: readonly Uint8Array[]): Uint8Array {
  const size = records.reduce((sum, record) => sum + 4 + record.length, 0);
  const out = new Uint8Array(FRAME_HEAD_BYTES + size);
  const view = new DataView(out.buffer);
  let at = FRAME_HEAD_BYTES;
  for (const record of records) {
    view.setUint32(at, record.length);
    out.set(record, at + 4);
    at += 4 + record.length;
  }
  const checksum = crc32(out.subarray(FRAME_HEAD_BYTES));
  const head = concatBytes(salt, uint32(number), uint64(mark), uint32(size), uint32(checksum));
  out.set(concatBytes(head, uint32(crc32(head))));
  return out;
}

export type ReadResult =
  | {
      readonly ok: true;
      readonly header: FileHeader;
      readonly records: readonly Uint8Array[];
      /** Of the last frame; 0 when there is none. */
      readonly mark: Height;
      readonly frames: number;
      /** Bytes of the file that hold good frames; what follows is a torn write and must be cut off. */
      readonly size: number;
    }
  | { readonly ok: false; readonly code: "CORRUPT" | "FOREIGN" | "OLD_FORMAT"; readonly at: number };

/**
 * Reads a whole file, in time linear in its bytes. Only the last frame can be torn, because a frame is written after the
 * one before it is synced; a bad frame with the head of a later one after it is damage.
 */
export function readFrames(file: Uint8Array, genesisHash: Hash): ReadResult {
  const header = readHeader(file, genesisHash);
  if (typeof header === "string") return { ok: false, code: header, at: 0 };
  const records: Uint8Array[] = [];
  let at = HEADER_BYTES;
  let mark: Height = 0;
  let frames = 0;
  while (at < file.length) {
    const next = { salt: header.salt, number: frames + 1 };
    const payload = payloadAt(file, at, next);
    if (payload === null) {
      if (laterHeadAfter(file, at, next)) return { ok: false, code: "CORRUPT", at };
      break;
    }
    if (!splitRecords(payload, records)) return { ok: false, code: "CORRUPT", at };
    mark = headAt(file, at, header.salt)!.mark;
    frames += 1;
    at += FRAME_HEAD_BYTES + payload.length;
  }
  return { ok: true, header, records, mark, frames, size: at };
}

function readHeader(file: Uint8Array, genesisHash: Hash): FileHeader | "CORRUPT" | "FOREIGN" | "OLD_FORMAT" {
  if (equalBytes(file.subarray(0, MAGIC.length), OLD_MAGIC)) return "OLD_FORMAT";
  const header = file.subarray(0, HEADER_BYTES);
  const body = header.subarray(0, HEADER_BYTES - 4);
  if (header.length < HEADER_BYTES || !equalBytes(header.subarray(HEADER_BYTES - 4), uint32(crc32(body)))) {
    return "CORRUPT";
  }
  if (!equalBytes(header.subarray(0, 4), MAGIC)) return "FOREIGN";
  if (!equalBytes(header.subarray(4, 36), genesisHash)) return "FOREIGN";
  const silentThrough = Number(new DataView(header.buffer, header.byteOffset + 44, 8).getBigUint64(0));
  return { genesisHash, salt: header.slice(36, 44), silentThrough, incomplete: header[52] === 1 };
}

interface FrameHead {
  readonly number: number;
  readonly mark: Height;
  readonly length: number;
  readonly checksum: number;
}

/** The head of one of this file's frames; its payload may still be bad. */
function headAt(file: Uint8Array, at: number, salt: Uint8Array): FrameHead | null {
  const head = file.subarray(at, at + FRAME_HEAD_BYTES);
  if (head.length < FRAME_HEAD_BYTES || !equalBytes(head.subarray(0, SALT_BYTES), salt)) return null;
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEAD_BYTES);
  if (view.getUint32(28) !== crc32(head.subarray(0, 28))) return null;
  const mark = Number(view.getBigUint64(12));
  return { number: view.getUint32(8), mark, length: view.getUint32(20), checksum: view.getUint32(24) };
}

function payloadAt(file: Uint8Array, at: number, { salt, number }: FramePosition): Uint8Array | null {
  const head = headAt(file, at, salt);
  if (head === null || head.number !== number) return null;
  const payload = file.subarray(at + FRAME_HEAD_BYTES, at + FRAME_HEAD_BYTES + head.length);
  return payload.length === head.length && crc32(payload) === head.checksum ? payload : null;
}

function laterHeadAfter(file: Uint8Array, bad: number, { salt, number }: FramePosition): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  for (let at = bytes.indexOf(salt, bad + 1); at >= 0; at = bytes.indexOf(salt, at + 1)) {
    const head = headAt(file, at, salt);
    if (head !== null && head.number > number) return true;
  }
  return false;
}

function splitRecords(payload: Uint8Array, into: Uint8Array[]): boolean {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const most = into.length + MAX_RECORDS_IN_FRAME;
  let at = 0;
  while (at < payload.length) {
    if (at + 4 > payload.length || into.length === most) return false;
    const end = at + 4 + view.getUint32(at);
    if (end > payload.length) return false;
    into.push(payload.slice(at + 4, end));
    at = end;
  }
  return true;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function uint32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

function uint64(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}
