import { numberKey, storageError, TABLES } from "@fb/storage-amdb";
import type { BlockPreImages } from "@fb/storage-amdb/state";
import { type Account, type Height, type Hex, type RowOp, toHex, ZERO_HASH } from "@fb/types";
import { decodeAccount } from "./account-row.ts";
import { ADDRESS_BYTES, EntryWriter, HEAD_BYTES, SLOT_BYTES, UNCHANGED } from "./pre-image-writer.ts";
import { slotValue } from "./slot-row.ts";

/** Bytes of entries after which a block's pre-images go on in the next row. */
const CHUNK_BYTES = 1024 * 1024;
/** Slots in one entry; an account with more has several. */
const MAX_SLOTS = 10_000;
const NONE: ReadonlySet<Hex> = new Set();

/** The rows of a block's pre-images (SPEC 4.2). A block that overwrote nothing has one row, too. */
export function preImageRows(height: Height, { accounts, slots }: BlockPreImages): RowOp[] {
  const rows: RowOp[] = [];
  const out = new EntryWriter();
  const flush = (): void => {
    rows.push({ table: TABLES.preImages, key: numberKey(height), row: rows.length + 1, fields: [out.take()] });
  };
  const finish = (): void => {
    out.finish();
    if (out.length >= CHUNK_BYTES) flush();
  };
  for (const [address, account] of accounts) {
    if (slots.has(address)) continue;
    out.begin(address, account);
    finish();
  }
  for (const [address, own] of slots) {
    out.begin(address, accounts.get(address));
    let count = 0;
    for (const [slot, value] of own) {
      if (count > 0 && count % MAX_SLOTS === 0) {
        finish();
        out.begin(address, undefined);
      }
      out.slot(slot, value);
      count++;
    }
    finish();
  }
  if (out.length > 0 || rows.length === 0) flush();
  return rows;
}

/**
 * Inverse of {@link preImageRows} on the fields of the rows. Throws STORAGE_CORRUPT.
 *
 * @param prefixes of the addresses that matter ({@link addressPrefix}); the others are passed over. Null = all matter.
 */
export function decodePreImages(rows: readonly Uint8Array[], prefixes: ReadonlySet<number> | null): BlockPreImages {
  const accounts = new Map<Hex, Account | null>();
  const slots = new Map<Hex, Map<Hex, Uint8Array>>();
  for (const bytes of rows) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; ) {
      if (at + HEAD_BYTES > bytes.length) throw unreadable();
      const end = at + HEAD_BYTES + view.getUint32(at + ADDRESS_BYTES);
      if (end > bytes.length) throw unreadable();
      if (prefixes === null || prefixes.has(view.getUint32(at))) {
        const address = toHex(bytes.subarray(at, at + ADDRESS_BYTES));
        readBody(bytes.subarray(at + HEAD_BYTES, end), address, accounts, slots);
      }
      at = end;
    }
  }
  return { accounts, slots, cleared: NONE };
}

/** The first four bytes of an address as a number. */
export function addressPrefix(address: Hex): number {
  return Number.parseInt(address.slice(0, 8), 16);
}

function readBody(
  body: Uint8Array,
  address: Hex,
  accounts: Map<Hex, Account | null>,
  slots: Map<Hex, Map<Hex, Uint8Array>>,
): void {
  const length = body[0] === UNCHANGED ? 0 : body[0];
  if (length === undefined || 1 + length > body.length) throw unreadable();
  if (body[0] !== UNCHANGED) accounts.set(address, length === 0 ? null : decodeAccount([body.slice(1, 1 + length)]));
  for (let at = 1 + length; at < body.length; ) {
    const start = at + SLOT_BYTES + 1;
    const end = start + (body[start - 1] ?? 0);
    if (start > body.length || end > body.length) throw unreadable();
    let own = slots.get(address);
    if (own === undefined) slots.set(address, (own = new Map()));
    own.set(toHex(body.subarray(at, at + SLOT_BYTES)), end === start ? ZERO_HASH : slotValue(body.slice(start, end)));
    at = end;
  }
}

function unreadable() {
  return storageError("STORAGE_CORRUPT", "pre-images are unreadable");
}
