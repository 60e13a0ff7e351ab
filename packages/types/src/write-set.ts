import { compareBytes } from "./bytes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import type { RowOp } from "./contracts/storage.ts";
import { taggedHash } from "./digest.ts";
import { invariant } from "./errors.ts";
import type { Hash } from "./ids.ts";

const TEXT = new TextEncoder();
const TAG = TEXT.encode("fb-writes/1");

interface KeyedWrite {
  readonly table: Uint8Array;
  readonly op: RowOp;
}

/**
 * Digest of a block's writes (SPEC 8): the last write of each row, sorted by (table, key, row), every part prefixed with
 * its length. Sorts a copy; two writes of one row are a bug of the caller.
 */
export function writeSetDigest(suite: CryptoSuite, entries: readonly RowOp[]): Hash {
  const names = new Map<string, Uint8Array>();
  let length = TAG.length + 4;
  const sorted: KeyedWrite[] = entries.map((op) => {
    let table = names.get(op.table);
    if (table === undefined) {
      table = TEXT.encode(op.table);
      names.set(op.table, table);
    }
    length += entrySize(table, op);
    return { table, op };
  });
  sorted.sort(compareEntries);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  out.set(TAG);
  view.setUint32(TAG.length, sorted.length);
  let at = TAG.length + 4;
  for (let i = 0; i < sorted.length; i++) {
    invariant(i === 0 || compareEntries(sorted[i - 1]!, sorted[i]!) < 0, "a write set holds a row twice", {
      table: sorted[i]!.op.table,
    });
    at = writeEntry(out, view, at, sorted[i]!);
  }
  return suite.hash(out);
}

/** The next running commitment: keccak256(rlp(["fb-root/1", parentRoot, digest])). */
export function runningRoot(suite: CryptoSuite, parentRoot: Hash, digest: Hash): Hash {
  return taggedHash(suite, "fb-root/1", [parentRoot, digest]);
}

function compareEntries(a: KeyedWrite, b: KeyedWrite): number {
  if (a.table !== b.table) {
    const tables = compareBytes(a.table, b.table);
    if (tables !== 0) return tables;
  }
  return compareBytes(a.op.key, b.op.key) || a.op.row - b.op.row;
}

function entrySize(table: Uint8Array, op: RowOp): number {
  let size = 4 + table.length + 4 + op.key.length + 8 + 1;
  if (op.fields === null) return size;
  size += 4;
  for (const field of op.fields) size += 4 + field.length;
  return size;
}

function writeEntry(out: Uint8Array, view: DataView, start: number, { table, op }: KeyedWrite): number {
  let at = writeBytes(out, view, start, table);
  at = writeBytes(out, view, at, op.key);
  view.setUint32(at, Math.floor(op.row / 0x100000000));
  view.setUint32(at + 4, op.row % 0x100000000);
  at += 8;
  out[at++] = op.fields === null ? 0 : 1;
  if (op.fields === null) return at;
  view.setUint32(at, op.fields.length);
  at += 4;
  for (const field of op.fields) at = writeBytes(out, view, at, field);
  return at;
}

function writeBytes(out: Uint8Array, view: DataView, at: number, bytes: Uint8Array): number {
  view.setUint32(at, bytes.length);
  out.set(bytes, at + 4);
  return at + 4 + bytes.length;
}
