import type { Data, Quantity } from "@fb/api";
import { bytesToBig, toHex } from "@fb/types";

export function quantity(value: number | bigint): Quantity {
  return `0x${value.toString(16)}`;
}

export function data(bytes: Uint8Array): Data {
  return `0x${toHex(bytes)}`;
}

export function dataOrNull(bytes: Uint8Array | null): Data | null {
  return bytes === null ? null : data(bytes);
}

/** Quantity of big-endian bytes. */
export function quantityOf(bytes: Uint8Array): Quantity {
  return quantity(bytesToBig(bytes));
}

/** Splits bytes that hold items of equal width one after the other. */
export function unpack(packed: Uint8Array, width: number): Uint8Array[] {
  const items: Uint8Array[] = [];
  for (let at = 0; at + width <= packed.length; at += width) items.push(packed.subarray(at, at + width));
  return items;
}
