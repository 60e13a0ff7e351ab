import { bigTo32, type Hex, toHex } from "@fb/types";

/** Addresses. */
export const A: Hex = "aa".repeat(20);
export const B: Hex = "bb".repeat(20);
export const C: Hex = "cc".repeat(20);

/** A slot's value. */
export const value = (n: number): Uint8Array => bigTo32(BigInt(n));

/** A slot's key. */
export const slotOf = (n: number): Hex => toHex(value(n));
