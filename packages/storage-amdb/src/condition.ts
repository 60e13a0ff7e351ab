import { equalBytes } from "@fb/types";

/** Comparison of a field with a value. */
export type Operator = "EQ" | "NE" | "GT" | "GE" | "LT" | "LE";

/** One comparison. `value` is what the field's bytes are compared with. */
export interface Comparison {
  readonly field: string;
  readonly op: Operator;
  readonly value: Uint8Array;
}

/**
 * Rows that satisfy every comparison (AND), in ascending row id, cut by `limit` last. The key field may be compared too.
 * EQ and NE compare bytes. The others compare integers exactly: an empty value is 0, anything that is not
 * `-?[0-9]{1,78}` satisfies no comparison.
 */
export interface Condition {
  readonly comparisons?: readonly Comparison[];
  readonly limit?: { readonly offset: number; readonly count: number };
}

const MAX_DIGITS = 78;

/** True when the field satisfies the comparison. Total: no input throws. */
export function satisfies(field: Uint8Array, op: Operator, value: Uint8Array): boolean {
  if (op === "EQ") return equalBytes(field, value);
  if (op === "NE") return !equalBytes(field, value);
  const left = integerOf(field);
  const right = integerOf(value);
  if (left === null || right === null) return false;
  switch (op) {
    case "GT":
      return left > right;
    case "GE":
      return left >= right;
    case "LT":
      return left < right;
    case "LE":
      return left <= right;
  }
}

/** Integer value of field bytes in ASCII decimal; null when they are not an integer. */
export function integerOf(bytes: Uint8Array): bigint | null {
  if (bytes.length === 0) return 0n;
  const negative = bytes[0] === 45;
  const digits = bytes.length - (negative ? 1 : 0);
  if (digits < 1 || digits > MAX_DIGITS) return null;
  let text = "";
  for (let i = negative ? 1 : 0; i < bytes.length; i++) {
    const char = bytes[i]!;
    if (char < 48 || char > 57) return null;
    text += String.fromCharCode(char);
  }
  const value = BigInt(text);
  return negative ? -value : value;
}
