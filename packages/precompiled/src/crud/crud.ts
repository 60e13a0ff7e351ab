import type { Condition, Entry, TableSchema } from "@fb/storage-amdb";
import { PRECOMPILED_CODES } from "@fb/types";
import type { Steps, SystemContract, SystemFunction } from "../definition.ts";
import { SYSTEM_GAS } from "../gas.ts";
import type { SystemSession } from "../session.ts";
import { refuse } from "../stop.ts";
import { fromUtf8 } from "../text.ts";
import { insertRow, openTable, type RowValues, removeRows, selectRows, updateRows } from "../user-tables/index.ts";
import { conditionOf } from "./condition.ts";
import { readEntry } from "./json.ts";

/** Names and values of the rows of one answer. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const utf8 = new TextEncoder();

/** CRUD (0x1002): rows of user tables as JSON, for clients without a contract. The last argument of each is not used. */
export const crudContract: SystemContract = {
  address: "0000000000000000000000000000000000001002",
  functions: [
    // Table, key, entry.
    write("insert", 4, function* (session, table, [key, entry]) {
      const values = valuesOf(session, entry!);
      return values === null ? PRECOMPILED_CODES.badEntry : yield* insertRow(session, table, key!, values);
    }),
    // Table, key, entry, condition.
    write("update", 5, function* (session, table, [key, entry, where]) {
      const values = valuesOf(session, entry!);
      if (values === null) return PRECOMPILED_CODES.badEntry;
      const condition = paidCondition(session, where!);
      return typeof condition === "bigint" ? condition : yield* updateRows(session, table, key!, values, condition);
    }),
    // Table, key, condition.
    write("remove", 4, function* (session, table, [key, where]) {
      const condition = paidCondition(session, where!);
      return typeof condition === "bigint" ? condition : yield* removeRows(session, table, key!, condition);
    }),
    {
      // Table, key, condition. JSON: a list of entries with the key field first, in order of insertion.
      name: "select",
      inputs: ["string", "string", "string", "string"],
      outputs: ["string"],
      writes: false,
      *run(session, args) {
        const [name, key, where] = args as readonly string[];
        const table = yield* openTable(session, name!);
        if (table === null) refuse(`there is no such table (${PRECOMPILED_CODES.tableMissing})`);
        const condition = paidCondition(session, where!);
        if (typeof condition === "bigint") refuse(`this is no condition (${condition})`);
        return [asJson(session, table, yield* selectRows(session, table, key!, condition))];
      },
    },
    {
      // Key field, and value fields with commas between; both empty when there is no such table.
      name: "desc",
      inputs: ["string"],
      outputs: ["string", "string"],
      writes: false,
      *run(session, [name]) {
        const table = yield* openTable(session, name as string);
        return table === null ? ["", ""] : [table.keyField, table.valueFields.join(",")];
      },
    },
  ],
};

function write(
  name: string,
  inputs: number,
  run: (session: SystemSession, table: TableSchema, args: readonly string[]) => Steps<bigint>,
): SystemFunction {
  return {
    name,
    inputs: new Array<"string">(inputs).fill("string"),
    outputs: ["int256"],
    writes: true,
    *run(session, args) {
      const [tableName, ...others] = args as readonly string[];
      const table = yield* openTable(session, tableName!);
      return [table === null ? PRECOMPILED_CODES.tableMissing : yield* run(session, table, others)];
    },
  };
}

/** Null when the text is no entry. */
function valuesOf(session: SystemSession, text: string): RowValues | null {
  session.gas.charge(SYSTEM_GAS.json * BigInt(text.length));
  const entry = readEntry(text);
  return entry && new Map([...entry].map(([field, value]) => [field, utf8.encode(value)]));
}

function paidCondition(session: SystemSession, text: string): Condition | bigint {
  session.gas.charge(SYSTEM_GAS.json * BigInt(text.length));
  return conditionOf(text);
}

function asJson(session: SystemSession, table: TableSchema, rows: readonly Entry[]): string {
  let names = table.keyField.length;
  for (const field of table.valueFields) names += field.length;
  let bytes = rows.length * names;
  for (const { key, fields } of rows) {
    bytes += key.length;
    for (const value of fields.values()) bytes += value.length;
  }
  session.gas.charge(SYSTEM_GAS.json * BigInt(bytes));
  if (bytes > MAX_ANSWER_BYTES) refuse(`more than ${MAX_ANSWER_BYTES} bytes: set a limit, or a narrower condition`);
  return `[${rows.map((row) => entryJson(table, row)).join()}]`;
}

/** A row as JSON shows it, in the order of the schema: not an object, which would put names that are numbers first. */
function entryJson(table: TableSchema, row: Entry): string {
  const key = `${JSON.stringify(table.keyField)}:${JSON.stringify(fromUtf8.decode(row.key))}`;
  const members = [...row.fields].map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(fromUtf8.decode(value))}`,
  );
  return `{${[key, ...members].join()}}`;
}
