import type { Condition } from "@fb/storage-amdb";
import type { Address } from "@fb/types";
import type { SystemFunction } from "../definition.ts";
import type { SystemSession } from "../session.ts";
import { refuse } from "../stop.ts";
import { insertRow, removeRows, selectRows, setRow, updateRows } from "../user-tables/index.ts";
import { valuesOf } from "./entry.ts";
import type { ConditionObject, EntryObject, TableObject } from "./objects.ts";

const NO_ENTRY = new Uint8Array(20);

const newEntry: SystemFunction<TableObject> = {
  name: "newEntry",
  inputs: [],
  outputs: ["address"],
  writes: false,
  run(session, _, { schema }) {
    return [session.createObject({ type: "entry", schema, row: null, own: new Map() })];
  },
};

/** Table, from TableFactory.openTable. Entries and conditions are the addresses of such objects. */
export const TABLE_FUNCTIONS: readonly SystemFunction<TableObject>[] = [
  {
    name: "select",
    inputs: ["string", "address"],
    outputs: ["address"],
    writes: false,
    *run(session, [key, condition], { schema }) {
      const rows = yield* selectRows(session, schema, key as string, conditionAt(session, condition as Address));
      return [session.createObject({ type: "entries", schema, rows, taken: new Map() })];
    },
  },
  {
    name: "insert",
    inputs: ["string", "address"],
    outputs: ["int256"],
    writes: true,
    *run(session, [key, entry], { schema }) {
      return [yield* insertRow(session, schema, key as string, valuesOf(entryAt(session, entry as Address)))];
    },
  },
  {
    name: "update",
    inputs: ["string", "address", "address"],
    outputs: ["int256"],
    writes: true,
    *run(session, [key, entry, condition], { schema }) {
      const values = valuesOf(entryAt(session, entry as Address));
      return [yield* updateRows(session, schema, key as string, values, conditionAt(session, condition as Address))];
    },
  },
  {
    name: "remove",
    inputs: ["string", "address"],
    outputs: ["int256"],
    writes: true,
    *run(session, [key, condition], { schema }) {
      return [yield* removeRows(session, schema, key as string, conditionAt(session, condition as Address))];
    },
  },
  newEntry,
  {
    name: "newCondition",
    inputs: [],
    outputs: ["address"],
    writes: false,
    run(session) {
      return [session.createObject({ type: "condition", comparisons: [], limit: null })];
    },
  },
];

/** KVTable, from KVTableFactory.openTable. */
export const KV_TABLE_FUNCTIONS: readonly SystemFunction<TableObject>[] = [
  {
    // Whether there is a row, and the row; the zero address when there is none.
    name: "get",
    inputs: ["string"],
    outputs: ["bool", "address"],
    writes: false,
    *run(session, [key], { schema }) {
      const [row] = yield* selectRows(session, schema, key as string);
      if (row === undefined) return [false, NO_ENTRY];
      return [true, session.createObject({ type: "entry", schema, row, own: new Map() })];
    },
  },
  {
    name: "set",
    inputs: ["string", "address"],
    outputs: ["int256"],
    writes: true,
    *run(session, [key, entry], { schema }) {
      return [yield* setRow(session, schema, key as string, valuesOf(entryAt(session, entry as Address)))];
    },
  },
  newEntry,
];

function entryAt(session: SystemSession, address: Address): EntryObject {
  const found = session.objects.get(address);
  return found?.type === "entry" ? found : refuse("not an Entry of this transaction");
}

function conditionAt(session: SystemSession, address: Address): Condition {
  const found = session.objects.get(address);
  return found?.type === "condition" ? conditionOf(found) : refuse("not a Condition of this transaction");
}

function conditionOf({ comparisons, limit }: ConditionObject): Condition {
  return limit === null ? { comparisons } : { comparisons, limit };
}
