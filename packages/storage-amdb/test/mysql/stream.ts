import assert from "node:assert/strict";
import { generator } from "@fb/compliance/generator";
import { type Height, type RowOp, type StorageBackend, type StoredRow, toHex } from "@fb/types";
import { numberKey, TABLES } from "../../src/index.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const USERS = "u_faults";
const CONTRACTS = [`c_${"00".repeat(20)}`, `c_${"ab".repeat(20)}`];
/** Every kind: one row a key or several, rows of users and of contracts. */
const MULTI_ROW = new Set<string>([TABLES.config, USERS]);
const RANDOM_TABLES = [TABLES.code, TABLES.config, USERS, ...CONTRACTS];
const ALL_TABLES = [...RANDOM_TABLES, TABLES.tables, TABLES.currentState];
const USER_TABLE: RowOp = { table: TABLES.tables, key: text(USERS), row: 0, fields: ["k", "a,b", "0"].map(text) };

export interface Block {
  readonly height: Height;
  readonly batch: readonly RowOp[];
}

/** Random blocks from a seed, and what must be stored when they are. */
export class BlockStream {
  readonly #random: (bound: number) => number;
  readonly #rows = new Map<string, Map<string, string>>(ALL_TABLES.map((table) => [table, new Map()]));
  #height: Height = -1;

  constructor(seed: number) {
    this.#random = generator(seed);
  }

  get height(): Height {
    return this.#height;
  }

  /** The block after the last one applied; `bytes` of it are in one field. */
  next(bytes = 0): Block {
    const height = this.#height + 1;
    const batch: RowOp[] = height === 0 ? [USER_TABLE] : [];
    for (let count = 5 + this.#random(20); count > 0; count--) {
      const table = RANDOM_TABLES[this.#random(RANDOM_TABLES.length)]!;
      const key = new Uint8Array(this.#random(4)).map(() => this.#random(3));
      const row = MULTI_ROW.has(table) ? this.#random(4) : 0;
      const fields = this.#random(4) === 0 ? null : [numberKey(height), new Uint8Array(this.#random(40)).fill(height)];
      batch.push({ table, key, row, fields });
    }
    // One row for each block, so that none is missing and none is there twice, and one that every block writes.
    batch.push({ table: TABLES.config, key: numberKey(1_000_000 + height), row: 1, fields: [numberKey(height)] });
    batch.push({ table: TABLES.currentState, key: text("height"), row: 0, fields: [numberKey(height)] });
    if (bytes > 0) batch.push({ table: TABLES.code, key: numberKey(height), row: 0, fields: [new Uint8Array(bytes)] });
    return { height, batch };
  }

  /** The block is stored. */
  apply({ height, batch }: Block): void {
    this.#height = height;
    for (const { table, key, row, fields } of batch) {
      const rows = this.#rows.get(table)!;
      const id = `${toHex(key)}/${row}`;
      if (fields === null) rows.delete(id);
      else rows.set(id, `${id}=${fields.map(toHex).join()}`);
    }
  }

  /** Asserts that height and all rows are those of the blocks applied. */
  async check(backend: StorageBackend): Promise<void> {
    assert.equal(backend.height(), this.#height);
    for (const [table, rows] of this.#rows) {
      // Keys in hex and row ids of one digit are in the order of rows.
      const expected = [...rows.keys()].sort().map((id) => rows.get(id)!);
      const found = (await all(backend.scan(table))).map(shown);
      assert.deepEqual(found, expected, `${table} at height ${this.#height}`);
    }
  }
}

async function all(rows: AsyncIterable<StoredRow>): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

function shown({ key, row, fields }: StoredRow): string {
  return `${toHex(key)}/${row}=${fields.map(toHex).join()}`;
}
