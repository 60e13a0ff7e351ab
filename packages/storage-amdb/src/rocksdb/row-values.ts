import { type KeyRing, open, seal } from "@fb/runtime/encryption";
import { type Height, type RowFields, toHex } from "@fb/types";
import { storageError } from "../errors.ts";
import { decodeFields, encodeFields, tableOfKey } from "../row-codec.ts";

/** How fields become the value of a row key, and back. */
export interface RowValues {
  /** @param height of the block that writes it */
  encode(rowKey: Uint8Array, height: Height, fields: RowFields): Uint8Array;
  /** Throws STORAGE_CORRUPT, which names table and key. */
  decode(rowKey: Uint8Array, value: Uint8Array): RowFields;
}

/** SPEC 3. */
export const plainValues: RowValues = {
  encode: (_rowKey, _height, fields) => encodeFields(fields),
  decode: decodeNamed,
};

/** SPEC 5.1. */
export function sealedValues(ring: KeyRing): RowValues {
  return {
    encode: (rowKey, height, fields) => seal(ring, placeOf(rowKey), height, encodeFields(fields)),
    decode: (rowKey, value) => decodeNamed(rowKey, openRow(ring, rowKey, value)),
  };
}

/** The value under the newest key, its content as it was. Throws STORAGE_CORRUPT, which names table and key. */
export function resealed(ring: KeyRing, rowKey: Uint8Array, height: Height, value: Uint8Array): Uint8Array {
  return seal(ring, placeOf(rowKey), height, openRow(ring, rowKey, value));
}

const placeOf = (context: Uint8Array) => ({ purpose: "store", context }) as const;

function openRow(ring: KeyRing, rowKey: Uint8Array, value: Uint8Array): Uint8Array {
  const opened = open(ring, placeOf(rowKey), value);
  if (opened.ok) return opened.plaintext;
  // All keys that the store speaks of were given when it was opened, so a key that is missing is damage too.
  throw corrupt(rowKey, "does not open: it was changed, or is that of another row");
}

function decodeNamed(rowKey: Uint8Array, value: Uint8Array): RowFields {
  try {
    return decodeFields(value);
  } catch (error) {
    throw corrupt(rowKey, "is no row", error);
  }
}

function corrupt(rowKey: Uint8Array, what: string, cause?: unknown): Error {
  const table = tableOfKey(rowKey);
  const key = toHex(rowKey.subarray(table.length + 1));
  return storageError("STORAGE_CORRUPT", `the value of row key ${key} of ${table} ${what}`, { table, key }, cause);
}
