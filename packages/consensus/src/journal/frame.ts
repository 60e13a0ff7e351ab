import { crc32 } from "node:zlib";
import type { KeyRing } from "@fb/runtime/encryption";
import { concatBytes, equalBytes, type Hash, type Height } from "@fb/types";
import { type FileSeal, fileSeal } from "./file-seal.ts";

/**
 * SPEC 3.2, and 3.8 for encrypted files. File = header, then frames. One frame = what one fsync made durable.
 * header: "FBJ2", genesis hash (32), salt (8), silent-through height (8), 1 when promises may be missing (1), crc32 (4)
 * frame:  salt (8), number (4), mark (8), payload length (4), crc32 of the payload (4), crc32 of all that (4);
 *         payload = records, each length (4) and bytes
 * Integers are unsigned, big endian. Frames of a file are numbered from 1.
 */
const MAGIC = ascii("FBJ2");
const SEALED_MAGIC = ascii("FBJ3");
const OLD_MAGIC = ascii("FBJ1");
const HEADER_BYTES = 57;
/** Number and check of the master key, before the checksum. */
const MASTER_BYTES = 4 + 16;
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

/** @param ring the file is encrypted under its newest key; null = in clear */
export function encodeFileHeader(header: FileHeader, ring: KeyRing | null): Uint8Array {
  const { genesisHash, salt, silentThrough, incomplete } = header;
  const flag = Uint8Array.of(incomplete ? 1 : 0);
  const common = concatBytes(genesisHash, salt, uint64(silentThrough), flag);
  const body =
    ring === null
      ? concatBytes(MAGIC, common)
      : concatBytes(SEALED_MAGIC, common, uint32(ring.newest), ring.check(ring.newest)!);
  return concatBytes(body, uint32(crc32(body)));
}

/**
 * @param mark highest head known to be stored.
 * @param seal of the file; null = in clear
 */
export function encodeFrame(
  { salt, number }: FramePosition,
  mark: Height,
  records: readonly Uint8Array[],
  seal: FileSeal | null,
): Uint8Array {
  const joined = joinRecords(records);
  const payload = seal === null ? joined : seal.seal(number, mark, joined);
  const head = concatBytes(salt, uint32(number), uint64(mark), uint32(payload.length), uint32(crc32(payload)));
  return concatBytes(head, uint32(crc32(head)), payload);
}

function joinRecords(records: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(records.reduce((sum, record) => sum + 4 + record.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const record of records) {
    view.setUint32(at, record.length);
    out.set(record, at + 4);
    at += 4 + record.length;
  }
  return out;
}

export type ReadResult =
  | {
      readonly ok: true;
      readonly header: FileHeader;
      readonly seal: FileSeal | null;
      /** Number of the master key it is encrypted under; null = in clear. */
      readonly masterId: number | null;
      readonly records: readonly Uint8Array[];
      /** Of the last frame; 0 when there is none. */
      readonly mark: Height;
      readonly frames: number;
      /** Bytes of the file that hold good frames; what follows is a torn write and must be cut off. */
      readonly size: number;
    }
  | { readonly ok: false; readonly code: BadFile; readonly at: number };

/** Why a file cannot be read; the last two: not with the keys that were given. */
export type BadFile = "CORRUPT" | "FOREIGN" | "OLD_FORMAT" | "KEY_MISSING" | "KEY_WRONG";

/**
 * Reads a whole file, in time linear in its bytes. Only the last frame can be torn, because a frame is written after the
 * one before it is synced; a bad frame with the head of a later one after it is damage.
 */
export function readFrames(file: Uint8Array, genesisHash: Hash, ring: KeyRing | null): ReadResult {
  const start = readHeader(file, genesisHash, ring);
  if (typeof start === "string") return { ok: false, code: start, at: 0 };
  const { header, seal, masterId } = start;
  const records: Uint8Array[] = [];
  let at = start.size;
  let mark: Height = 0;
  let frames = 0;
  while (at < file.length) {
    const next = { salt: header.salt, number: frames + 1 };
    const payload = payloadAt(file, at, next);
    if (payload === null) {
      if (laterHeadAfter(file, at, next)) return { ok: false, code: "CORRUPT", at };
      break;
    }
    mark = headAt(file, at, header.salt)!.mark;
    const joined = seal === null ? payload : seal.open(next.number, mark, payload);
    if (joined === null || !splitRecords(joined, records)) return { ok: false, code: "CORRUPT", at };
    frames += 1;
    at += FRAME_HEAD_BYTES + payload.length;
  }
  return { ok: true, header, seal, masterId, records, mark, frames, size: at };
}

interface FileStart extends Pick<Extract<ReadResult, { ok: true }>, "header" | "seal" | "masterId"> {
  /** Bytes of the header. */
  readonly size: number;
}

function readHeader(file: Uint8Array, genesisHash: Hash, ring: KeyRing | null): FileStart | BadFile {
  const magic = file.subarray(0, MAGIC.length);
  if (equalBytes(magic, OLD_MAGIC)) return "OLD_FORMAT";
  const isSealed = equalBytes(magic, SEALED_MAGIC);
  const size = HEADER_BYTES + (isSealed ? MASTER_BYTES : 0);
  const bytes = file.slice(0, size);
  const body = bytes.subarray(0, size - 4);
  if (bytes.length < size || !equalBytes(bytes.subarray(size - 4), uint32(crc32(body)))) return "CORRUPT";
  if (!isSealed && !equalBytes(magic, MAGIC)) return "FOREIGN";
  if (!equalBytes(bytes.subarray(4, 36), genesisHash)) return "FOREIGN";
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const silentThrough = Number(view.getBigUint64(44));
  const header = { genesisHash, salt: bytes.subarray(36, 44), silentThrough, incomplete: bytes[52] === 1 };
  if (!isSealed) return { header, seal: null, masterId: null, size };
  const masterId = view.getUint32(53);
  const check = ring?.check(masterId) ?? null;
  if (ring === null || check === null) return "KEY_MISSING";
  if (!equalBytes(check, bytes.subarray(57, 73))) return "KEY_WRONG";
  return { header, seal: fileSeal(ring, bytes), masterId, size };
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
