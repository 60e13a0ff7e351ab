import type { SystemFunction } from "../definition.ts";
import { CONDITION_FUNCTIONS } from "./condition.ts";
import { ENTRIES_FUNCTIONS, ENTRY_FUNCTIONS } from "./entry.ts";
import type { SystemObject } from "./objects.ts";
import { KV_TABLE_FUNCTIONS, TABLE_FUNCTIONS } from "./table.ts";

export { kvTableFactoryContract, tableFactoryContract } from "./factories.ts";
export { isObjectAddress, type SystemObject, SystemObjects } from "./objects.ts";

interface ObjectContract {
  /** Of the Solidity contract. */
  readonly name: string;
  readonly functions: readonly SystemFunction<SystemObject>[];
}

/** The objects that contracts get from the tables, by their kind. */
export const OBJECT_CONTRACTS: Readonly<Record<SystemObject["type"], ObjectContract>> = {
  table: { name: "Table", functions: TABLE_FUNCTIONS },
  kvTable: { name: "KVTable", functions: KV_TABLE_FUNCTIONS },
  entry: { name: "Entry", functions: ENTRY_FUNCTIONS },
  entries: { name: "Entries", functions: ENTRIES_FUNCTIONS },
  condition: { name: "Condition", functions: CONDITION_FUNCTIONS },
};
