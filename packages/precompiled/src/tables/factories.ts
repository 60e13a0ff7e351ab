import type { SystemContract } from "../definition.ts";
import { createTable, openTable } from "../user-tables/index.ts";
import type { TableObject } from "./objects.ts";

const NO_TABLE = new Uint8Array(20);

/** TableFactory (0x1001): tables with any number of rows a key. */
export const tableFactoryContract = factory("1001", "table");

/** KVTableFactory (0x1010): tables with one row a key. */
export const kvTableFactoryContract = factory("1010", "kvTable");

function factory(digits: string, type: TableObject["type"]): SystemContract {
  const keyUnique = type === "kvTable";
  return {
    address: digits.padStart(40, "0"),
    functions: [
      {
        // The zero address when there is none of this kind.
        name: "openTable",
        inputs: ["string"],
        outputs: ["address"],
        writes: false,
        *run(session, [name]) {
          const schema = yield* openTable(session, name as string);
          if (schema === null || schema.keyUnique !== keyUnique) return [NO_TABLE];
          return [session.createObject({ type, schema })];
        },
      },
      {
        // Name, key field, value fields with commas between.
        name: "createTable",
        inputs: ["string", "string", "string"],
        outputs: ["int256"],
        writes: true,
        *run(session, args) {
          const [name, keyField, valueFields] = args as readonly string[];
          return [
            yield* createTable(session, { name: name!, keyField: keyField!, valueFields: valueFields!, keyUnique }),
          ];
        },
      },
    ],
  };
}
