import { numberKey, TABLE_LIMITS, TABLES } from "@fb/storage-amdb";
import {
  type Block,
  type BlockHeader,
  type CommitCertificate,
  encodeBlock,
  encodeCertificate,
  encodeHeader,
  encodeMembers,
  type Hash,
  type Members,
  type RowOp,
} from "@fb/types";
import { packList } from "./packed-list.ts";

const encoder = new TextEncoder();

/** Keys of `_sys_current_state_`. */
export const STATE_KEYS = {
  number: encoder.encode("current_number"),
  transactions: encoder.encode("total_transaction_count"),
  failed: encoder.encode("total_failed_transaction_count"),
  genesis: encoder.encode("genesis"),
  lowest: encoder.encode("lowest_block"),
} as const;

/** A field holds so much; larger values continue in the next row. */
const PART_BYTES = Math.floor(TABLE_LIMITS.maxFieldBytes / 2);

/** What a block adds to the block tables. */
export interface BlockRows {
  readonly header: BlockHeader;
  readonly hash: Hash;
  readonly transactions: readonly Uint8Array[];
  /** 32 bytes each. */
  readonly txHashes: Uint8Array;
  /** 20 bytes each. */
  readonly senders: Uint8Array;
  readonly encodedReceipts: readonly Uint8Array[];
  readonly certificate: CommitCertificate | null;
  /** When this block changed it. */
  readonly members: Members | null;
  /** After this block. */
  readonly totals: { readonly transactions: number; readonly failed: number };
}

/** Appends the block's rows to `batch` (SPEC 2.1, 2.2); returns the length of the encoded block. */
export function addBlockRows(batch: RowOp[], rows: BlockRows): number {
  const { header, hash } = rows;
  const key = numberKey(header.number);
  const block: Block = { header, transactions: rows.transactions };
  const encoded = encodeBlock(block);
  const put = (table: string, at: Uint8Array, ...fields: Uint8Array[]) =>
    batch.push({ table, key: at, row: 0, fields });

  put(TABLES.numberToHash, key, hash);
  put(TABLES.hashToNumber, hash, key);
  put(TABLES.numberToHeader, key, encodeHeader(header), uint32(rows.transactions.length), uint32(encoded.length));
  addParts(batch, TABLES.numberToBody, key, encoded);
  put(TABLES.numberToTxs, key, rows.txHashes, rows.senders);
  addParts(batch, TABLES.numberToReceipts, key, packList(rows.encodedReceipts));
  if (rows.certificate !== null) put(TABLES.certificates, key, encodeCertificate(rows.certificate));
  if (rows.members !== null) put(TABLES.numberToMembers, key, encodeMembers(rows.members));
  for (let index = 0; index < rows.transactions.length; index++) {
    put(TABLES.txHashToBlock, rows.txHashes.subarray(index * 32, index * 32 + 32), key, uint32(index));
  }
  put(TABLES.currentState, STATE_KEYS.number, key);
  put(TABLES.currentState, STATE_KEYS.transactions, numberKey(rows.totals.transactions));
  put(TABLES.currentState, STATE_KEYS.failed, numberKey(rows.totals.failed));
  return encoded.length;
}

function addParts(batch: RowOp[], table: string, key: Uint8Array, bytes: Uint8Array): void {
  for (let at = 0, row = 1; at < bytes.length; at += PART_BYTES, row++) {
    batch.push({ table, key, row, fields: [bytes.subarray(at, at + PART_BYTES)] });
  }
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function readUint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
}
