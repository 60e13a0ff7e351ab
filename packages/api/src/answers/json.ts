/*
 * How values look in every answer. Addresses, hashes and raw bytes are `Data`; node ids are 128 hex digits without 0x.
 */

/** A number of any size: 0x and hex digits without leading zeros. */
export type Quantity = `0x${string}`;

/** Bytes: 0x and two hex digits for each. */
export type Data = `0x${string}`;
