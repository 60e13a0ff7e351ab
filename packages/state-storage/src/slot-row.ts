import { storageError } from "@fb/storage-amdb";

/** A slot's 32 bytes from its field, which leaves out leading zeros (SPEC 1.2). Throws STORAGE_CORRUPT. */
export function slotValue(field: Uint8Array | undefined): Uint8Array {
  if (field === undefined || field.length === 0 || field.length > 32 || field[0] === 0) {
    throw storageError("STORAGE_CORRUPT", "slot row is unreadable");
  }
  const value = new Uint8Array(32);
  value.set(field, 32 - field.length);
  return value;
}

/** The field of a slot; empty for one that is zero. */
export function slotField(value: Uint8Array): Uint8Array {
  return value.slice(leadingZeros(value));
}

export function leadingZeros(value: Uint8Array): number {
  let zeros = 0;
  while (zeros < value.length && value[zeros] === 0) zeros++;
  return zeros;
}
