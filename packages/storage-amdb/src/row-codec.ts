import { EMPTY, type RowFields, type RowOp, toHex } from "@fb/types";
import { type StorageError, storageError } from "./errors.ts";
import { TABLE_LIMITS } from "./schema.ts";
import { schemaOf } from "./system-tables.ts";

/** Bytes of a key travel in groups of eight, each followed by how many of them count; 9 = all, and more follow. */
const GROUP = 8;
const MORE = GROUP + 1;
const TABLE_NAME = /^(_sys_[a-z0-9_]+|c_[0-9a-f]{40}|u_[a-z0-9$@][a-z0-9$_@]{0,47})$/;

/** Prefix of all keys of a table: the name and a zero byte (SPEC 2). Throws ROW_INVALID for a name outside the rules. */
export function tablePrefix(table: string): Uint8Array {
  if (!TABLE_NAME.test(table)) throw storageError("ROW_INVALID", "table name outside the rules", { table });
  const prefix = new Uint8Array(table.length + 1);
  for (let i = 0; i < table.length; i++) prefix[i] = table.charCodeAt(i);
  return prefix;
}

/** Inverse of {@link tablePrefix} on the beginning of a row's key. Throws STORAGE_CORRUPT when there is no table name. */
export function tableOfKey(encoded: Uint8Array): string {
  const table = String.fromCharCode(...encoded.subarray(0, Math.max(0, encoded.indexOf(0))));
  if (!TABLE_NAME.test(table)) {
    throw storageError("STORAGE_CORRUPT", "a key that belongs to no table", { key: toHex(encoded) });
  }
  return table;
}

/**
 * Prefix of all rows of a key. Order of encodings = bytewise order of keys; no encoding is a prefix of another.
 *
 * @param room bytes that follow, which the caller writes
 * @returns as other encoders here a Buffer, what libraries take: many share one block, a fraction of the cost of arrays
 */
export function encodeKey(prefix: Uint8Array, key: Uint8Array, room = 0): Buffer {
  checkKey(key);
  const groups = key.length === 0 ? 1 : Math.ceil(key.length / GROUP);
  const out = Buffer.allocUnsafe(prefix.length + groups * (GROUP + 1) + room);
  out.set(prefix);
  let at = prefix.length;
  for (let group = 0; group < groups; group++) {
    const start = group * GROUP;
    const left = key.length - start;
    for (let i = 0; i < GROUP; i++) out[at + i] = i < left ? key[start + i]! : 0;
    out[at + GROUP] = left > GROUP ? MORE : left;
    at += GROUP + 1;
  }
  return out;
}

/** Full storage key of a row: row 0 adds nothing, any other row its id in 8 bytes, big endian. */
export function encodeRowKey(prefix: Uint8Array, key: Uint8Array, row: number): Buffer {
  if (row === 0) return encodeKey(prefix, key);
  const out = encodeKey(prefix, key, 8);
  out.writeUInt32BE(Math.floor(row / 0x1_0000_0000), out.length - 8);
  out.writeUInt32BE(row >>> 0, out.length - 4);
  return out;
}

/** Inverse of {@link encodeRowKey}. Throws STORAGE_CORRUPT for bytes it never produces. */
export function decodeRowKey(prefixLength: number, encoded: Uint8Array): { key: Uint8Array; row: number } {
  const key = new Uint8Array(Math.max(0, encoded.length - prefixLength));
  let length = 0;
  let at = prefixLength;
  for (;;) {
    if (at + GROUP >= encoded.length) throw corrupt("row key is cut");
    const marker = encoded[at + GROUP]!;
    const used = Math.min(marker, GROUP);
    if (marker > MORE || (marker === 0 && length > 0)) throw corrupt("row key has a bad group marker");
    for (let i = 0; i < GROUP; i++) {
      if (i < used) key[length++] = encoded[at + i]!;
      else if (encoded[at + i] !== 0) throw corrupt("row key has bad padding");
    }
    at += GROUP + 1;
    if (marker !== MORE) break;
  }
  if (length > TABLE_LIMITS.maxKeyBytes) throw corrupt("row key is too long");
  return { key: key.slice(0, length), row: decodeRow(encoded, at) };
}

function decodeRow(encoded: Uint8Array, at: number): number {
  if (at === encoded.length) return 0;
  if (at + 8 !== encoded.length) throw corrupt("row key has a bad row id");
  const view = new DataView(encoded.buffer, encoded.byteOffset + at);
  const row = view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
  if (row === 0 || !Number.isSafeInteger(row)) throw corrupt("row key has a bad row id");
  return row;
}

/** Value of a row: number of fields, then each field with its length, all numbers as LEB128 (SPEC 3). */
export function encodeFields(fields: RowFields): Buffer {
  let size = varintLength(fields.length);
  for (const field of fields) size += varintLength(field.length) + field.length;
  const out = Buffer.allocUnsafe(size);
  let at = writeVarint(out, 0, fields.length);
  for (const field of fields) {
    at = writeVarint(out, at, field.length);
    out.set(field, at);
    at += field.length;
  }
  return out;
}

/** Inverse of {@link encodeFields}; fields are views into `value`. Throws STORAGE_CORRUPT. */
export function decodeFields(value: Uint8Array): RowFields {
  let at = 0;
  const number = (): number => {
    let result = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = value[at++];
      if (byte === undefined) throw corrupt("row value is cut");
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) throw corrupt("row value has a padded number");
        return result;
      }
    }
    throw corrupt("row value has a number too long");
  };
  const count = number();
  if (count > value.length - at) throw corrupt("row value is cut");
  const fields: Uint8Array[] = new Array(count);
  for (let i = 0; i < count; i++) {
    const length = number();
    if (length > value.length - at) throw corrupt("row value is cut");
    fields[i] = length === 0 ? EMPTY : value.subarray(at, at + length);
    at += length;
  }
  if (at !== value.length) throw corrupt("row value has trailing bytes");
  return fields;
}

/** Throws ROW_INVALID for a key that is too long. */
export function checkKey(key: Uint8Array): void {
  if (key.length > TABLE_LIMITS.maxKeyBytes) throw storageError("ROW_INVALID", "key too long", { bytes: key.length });
}

/** Checks a row operation against the limits every backend keeps. Throws ROW_INVALID. */
export function checkOp(op: RowOp): void {
  const bad =
    !Number.isSafeInteger(op.row) || op.row < 0
      ? "row id outside the rules"
      : op.row !== 0 && schemaOf(op.table)?.keyUnique === true
        ? "key-unique table with a row id"
        : op.fields?.some((field) => field.length > TABLE_LIMITS.maxFieldBytes)
          ? "field value too long"
          : null;
  if (bad !== null) throw storageError("ROW_INVALID", bad, { table: op.table, row: op.row });
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest >>>= 7) length++;
  return length;
}

function writeVarint(out: Uint8Array, at: number, value: number): number {
  let position = at;
  let rest = value;
  while (rest >= 0x80) {
    out[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[position++] = rest;
  return position;
}

function corrupt(message: string): StorageError {
  return storageError("STORAGE_CORRUPT", message);
}
