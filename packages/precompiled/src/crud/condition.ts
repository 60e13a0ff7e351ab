import type { Comparison, Condition, Operator } from "@fb/storage-amdb";
import { PRECOMPILED_CODES } from "@fb/types";
import { USER_TABLE_LIMITS } from "../user-tables/index.ts";
import { readConditions } from "./json.ts";

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ["eq", "EQ"],
  ["ne", "NE"],
  ["gt", "GT"],
  ["ge", "GE"],
  ["lt", "LT"],
  ["le", "LE"],
]);
/** A name that may also be a field's: as an operator it tells the two apart. */
const LIMIT = "limit";
const utf8 = new TextEncoder();

/**
 * `{"field":{"operator":"value"},"limit":{"limit":"offset,count"}}` as a condition, or the code that refuses it
 * (SPEC 11.3).
 */
export function conditionOf(text: string): Condition | bigint {
  const read = readConditions(text);
  if (read === null) return PRECOMPILED_CODES.badCondition;
  const comparisons: Comparison[] = [];
  let limit: Condition["limit"];
  for (const [field, operators] of read) {
    for (const [name, value] of operators) {
      const op = OPERATORS.get(name);
      if (op !== undefined) {
        comparisons.push({ field, op, value: utf8.encode(value) });
        continue;
      }
      if (name !== LIMIT || field !== LIMIT) return PRECOMPILED_CODES.badOperator;
      const cut = /^([0-9]{1,9}),([0-9]{1,9})$/.exec(value);
      if (cut === null) return PRECOMPILED_CODES.badCondition;
      limit = { offset: Number(cut[1]), count: Number(cut[2]) };
    }
  }
  if (comparisons.length > USER_TABLE_LIMITS.maxComparisons) return PRECOMPILED_CODES.badCondition;
  return limit === undefined ? { comparisons } : { comparisons, limit };
}
