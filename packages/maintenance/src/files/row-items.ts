import { numberKey } from "@fb/storage-amdb";
import { compareBytes, concatBytes, type TableRow } from "@fb/types";
import { Cursor } from "./cursor.ts";
import { uint32 } from "./format.ts";

const text = new TextEncoder();
const fromText = new TextDecoder();
/** A key has at most 255 bytes, and so has the name of a table. */
const MAX_SHORT = 255;
const MAX_FIELDS = 0xffff;

/** Order of rows in a store: by table, key and row. */
export function compareRowPlaces(a: TableRow, b: TableRow): number {
  if (a.table !== b.table) return a.table < b.table ? -1 : 1;
  return compareBytes(a.key, b.key) || a.row - b.row;
}

/** @param previous the row before it in the frame; null = it is the first (SPEC 3.1) */
export function encodeRow(row: TableRow, previous: TableRow | null): Uint8Array {
  const table = previous?.table === row.table ? new Uint8Array(0) : text.encode(row.table);
  const { length } = row.fields;
  const parts = [
    Uint8Array.of(table.length),
    table,
    Uint8Array.of(row.key.length),
    row.key,
    numberKey(row.row),
    Uint8Array.of(length >>> 8, length),
  ];
  for (const field of row.fields) parts.push(uint32(field.length), field);
  return concatBytes(...parts);
}

/** The rows of a frame, in ascending order; null unless the bytes are exactly what {@link encodeRow} makes of some. */
export function decodeRows(bytes: Uint8Array): TableRow[] | null {
  const cursor = new Cursor(bytes);
  const rows: TableRow[] = [];
  let previous: TableRow | null = null;
  while (!cursor.isAtEnd) {
    const row = decodeRow(cursor, previous);
    if (row === null || (previous !== null && compareRowPlaces(previous, row) >= 0)) return null;
    rows.push(row);
    previous = row;
  }
  return rows;
}

function decodeRow(cursor: Cursor, previous: TableRow | null): TableRow | null {
  const name = cursor.take(cursor.uint8());
  const key = name === null ? null : cursor.take(cursor.uint8());
  const row = cursor.uint64();
  const count = cursor.uint16();
  if (name === null || key === null || row === null || count === null) return null;
  const table = name.length === 0 ? previous?.table : fromText.decode(name);
  if (table === undefined || (name.length > 0 && table === previous?.table) || !isAscii(name)) return null;
  const fields: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const field = cursor.take(cursor.uint32());
    if (field === null) return null;
    fields.push(field);
  }
  return { table, key, row, fields };
}

/** Whether a row can be written. */
export function fitsFile({ table, key, fields }: TableRow): boolean {
  return table.length <= MAX_SHORT && key.length <= MAX_SHORT && fields.length <= MAX_FIELDS;
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}
