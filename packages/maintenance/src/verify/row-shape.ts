import { keyNumber, schemaFromRow, schemaOf, TABLES, type TableSchema } from "@fb/storage-amdb";
import type { Height, StateType, TableRow } from "@fb/types";

/** Tables that only one kind of state writes. */
const OF_STATE: Readonly<Record<StateType, readonly string[]>> = {
  storage: [TABLES.preImages],
  mpt: [TABLES.trieNodes, TABLES.trieStale],
};

/** Tables whose keys are numbers of blocks. */
const OF_BLOCKS: ReadonlySet<string> = new Set([
  TABLES.numberToHash,
  TABLES.numberToHeader,
  TABLES.numberToBody,
  TABLES.numberToTxs,
  TABLES.numberToReceipts,
  TABLES.numberToMembers,
  TABLES.certificates,
]);

/** What tables a group has, from the rows that came before: `_sys_tables_` lies before those of users. */
export class RowShapes {
  readonly #head: Height;
  readonly #state: StateType;
  readonly #userTables = new Map<string, TableSchema>();

  constructor(head: Height, state: StateType) {
    this.#head = head;
    this.#state = state;
  }

  /** Null for a table that this group does not have. */
  schema(table: string): TableSchema | null {
    if (table.startsWith("u_")) return this.#userTables.get(table) ?? null;
    if (table.startsWith("c_") && this.#state !== "storage") return null;
    const other = this.#state === "storage" ? "mpt" : "storage";
    return OF_STATE[other].includes(table) ? null : (schemaOf(table) ?? null);
  }

  /** What a row's shape breaks; null when it is one of its table. */
  problem({ table, key, row, fields }: TableRow, schema: TableSchema): string | null {
    const columns = schema.valueFields.length + (schema.consensus ? 1 : 0);
    if (fields.length !== columns && !this.#isStateRoot(table, fields.length)) return `${columns} fields`;
    if (schema.keyUnique !== (row === 0)) return schema.keyUnique ? "row 0" : "a row from 1 on";
    if (OF_BLOCKS.has(table) && (key.length !== 8 || keyNumber(key) > this.#head)) return `a block up to ${this.#head}`;
    if (!schema.consensus) return null;
    const number = fields.at(-1)!;
    if (number.length !== 8 || keyNumber(number) > this.#head) return `_num_ of a block up to ${this.#head}`;
    if (table === TABLES.tables) this.#define(key, fields);
    return null;
  }

  /** A state without tries keeps a root only. */
  #isStateRoot(table: string, fields: number): boolean {
    return table === TABLES.stateRoots && this.#state === "storage" && fields === 1;
  }

  #define(key: Uint8Array, fields: readonly Uint8Array[]): void {
    const name = new TextDecoder().decode(key);
    this.#userTables.set(name, schemaFromRow(name, fields));
  }
}
