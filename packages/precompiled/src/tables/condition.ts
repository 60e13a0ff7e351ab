import type { Operator } from "@fb/storage-amdb";
import type { AbiType } from "../abi.ts";
import type { SystemFunction } from "../definition.ts";
import type { SystemSession } from "../session.ts";
import { refuse } from "../stop.ts";
import { USER_TABLE_LIMITS } from "../user-tables/index.ts";
import { fieldBytes } from "./entry.ts";
import type { ConditionObject } from "./objects.ts";

const MOST = BigInt(Number.MAX_SAFE_INTEGER);
const utf8 = new TextEncoder();

/**
 * Condition: comparisons that must all hold, and a limit. Building one changes no state, so it is done in static calls
 * too: Solidity for FISCO BCOS 2.x declares these functions as view.
 */
export const CONDITION_FUNCTIONS: readonly SystemFunction<ConditionObject>[] = [
  comparison("EQ", "int256"),
  comparison("EQ", "string"),
  comparison("EQ", "address"),
  comparison("NE", "int256"),
  comparison("NE", "string"),
  comparison("NE", "address"),
  comparison("GT", "int256"),
  comparison("GE", "int256"),
  comparison("LT", "int256"),
  comparison("LE", "int256"),
  {
    name: "limit",
    inputs: ["int256"],
    outputs: [],
    writes: false,
    run(session, [count], condition) {
      setLimit(session, condition, 0n, count as bigint);
      return [];
    },
  },
  {
    name: "limit",
    inputs: ["int256", "int256"],
    outputs: [],
    writes: false,
    run(session, [offset, count], condition) {
      setLimit(session, condition, offset as bigint, count as bigint);
      return [];
    },
  },
];

function comparison(op: Operator, type: AbiType): SystemFunction<ConditionObject> {
  return {
    name: op,
    inputs: ["string", type],
    outputs: [],
    writes: false,
    run(session, [name, given], { comparisons }) {
      const field = name as string;
      const value = fieldBytes(given!);
      const { maxComparisons } = USER_TABLE_LIMITS;
      if (comparisons.length >= maxComparisons) refuse(`a condition has at most ${maxComparisons} comparisons`);
      session.changeObject(
        utf8.encode(field).length + value.length,
        () => comparisons.push({ field, op, value }),
        () => comparisons.pop(),
      );
      return [];
    },
  };
}

/** The last limit counts. */
function setLimit(session: SystemSession, condition: ConditionObject, offset: bigint, count: bigint): void {
  if (offset < 0n || count < 0n) refuse("a limit is not negative");
  const { limit } = condition;
  session.changeObject(
    0,
    () => {
      condition.limit = { offset: clamped(offset), count: clamped(count) };
    },
    () => {
      condition.limit = limit;
    },
  );
}

function clamped(value: bigint): number {
  return Number(value > MOST ? MOST : value);
}
