import type { Height, StorageBackend } from "@fb/types";
import { expect } from "vitest";
import { generator } from "../generator.ts";
import { collect } from "./context.ts";
import { SHAPE_NAMES, SHAPES, type ShapeName, shownRow, TableModel } from "./table-model.ts";
import type { TablesFixture, TestCondition, TestOperator, TestTableStore, TestTables } from "./table-port.ts";

/** What bytes may be: numbers in many forms, no numbers, text that differs little, bytes that are no text. */
const VALUES = [
  ...["", "0", "1", "2", "3", "10", "-1", "-10", "007", "-0", "9".repeat(78), `-${"9".repeat(78)}`, "9".repeat(79)],
  ...["a", "A", "a ", "a\0", "\0", " 1", "+1", "1.0", "\xff", "\xc3\xa9", "9007199254740993", "9007199254740992"],
];
const KEYS = ["", "k", "K", "k ", "k\0", "\xff\xfe", "x".repeat(255)];
const OPERATORS: readonly TestOperator[] = ["EQ", "NE", "GT", "GE", "LT", "LE"];
const KINDS = ["insert", "insert", "insert", "update", "update", "remove", "select", "select"] as const;
const OPERATIONS_PER_BLOCK = 500;
/** Rows of a key in the model at most, roughly: more are removed than added above it. */
const MANY_ROWS = 12;

type Random = ReturnType<typeof generator>;
/** A write that was not undone, to be done once more without those that were. */
type Write = (tables: TestTables) => void;

interface Savepoint {
  readonly mark: number;
  readonly model: TableModel;
  readonly writes: number;
}

/**
 * Random operations on tables over a backend, with nested savepoints that are undone or kept, in many blocks that are
 * committed, against a model of maps. Returns a sum over the answers of the first 2,000 operations.
 */
export async function compareRandomTables(
  fixture: TablesFixture,
  { seed, operations }: { readonly seed: number; readonly operations: number },
): Promise<number> {
  const random = generator(seed);
  let backend = await fixture.open();
  try {
    let store = fixture.tables(backend);
    await describeUserTables(backend, store);
    const run = new Run(random);
    for (let height = 1; run.done < operations; height++) {
      const count = Math.min(OPERATIONS_PER_BLOCK, operations - run.done);
      const batch = await run.block(store, height, count);
      await backend.commit(height, batch);
      store.committed(batch);
      if (random(8) === 0) {
        await backend.close();
        backend = await fixture.open();
        store = fixture.tables(backend);
      }
      if (random(4) === 0 || run.done >= operations) await compareContents(backend, run.model);
    }
    return run.sum;
  } finally {
    await backend.close();
  }
}

async function describeUserTables(backend: StorageBackend, store: TestTableStore): Promise<void> {
  const tables = store.block(0);
  for (const name of SHAPE_NAMES.filter((table) => table.startsWith("u_"))) {
    const { key, fields, unique } = SHAPES[name];
    await tables.load([{ table: "_sys_tables_", key: bytes(name) }]);
    tables.insert("_sys_tables_", bytes(name), [
      ["key_field", bytes(key)],
      ["value_field", bytes(fields.join(","))],
      ["key_unique", bytes(unique ? "1" : "0")],
    ]);
  }
  const batch = tables.batch();
  await backend.commit(0, batch);
  store.committed(batch);
}

class Run {
  model = new TableModel();
  /** Operations so far. */
  done = 0;
  /** FNV-1a over the answers of the first operations. */
  sum = 0x811c9dc5;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  async block(store: TestTableStore, height: Height, count: number) {
    const tables = await opened(store, height);
    const savepoints: Savepoint[] = [];
    const writes: Write[] = [];
    for (let i = 0; i < count; i++) {
      this.done++;
      const choice = this.#random(20);
      if (choice === 0) savepoints.push({ mark: tables.savepoint(), model: this.model.copy(), writes: writes.length });
      else if (choice === 1) this.#undo(tables, savepoints, writes);
      else if (choice === 2) savepoints.pop();
      else this.#operate(tables, writes);
    }
    this.model.endBlock();
    // What was undone leaves no trace: the same block without it is the same.
    const twin = await opened(store, height);
    for (const write of writes) write(twin);
    const batch = tables.batch();
    expect(batch).toEqual(twin.batch());
    expect(tables.consensusWrites()).toEqual(twin.consensusWrites());
    return batch;
  }

  #undo(tables: TestTables, savepoints: Savepoint[], writes: Write[]): void {
    if (savepoints.length === 0) return;
    const to = this.#random(savepoints.length);
    const { mark, model, writes: kept } = savepoints[to]!;
    savepoints.length = to;
    tables.revertTo(mark);
    this.model = model;
    writes.length = kept;
  }

  #operate(tables: TestTables, writes: Write[]): void {
    const random = this.#random;
    const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
    const table = pick(SHAPE_NAMES);
    const key = pick(KEYS);
    const condition = random(4) === 0 ? {} : randomCondition(random, table);
    const values = Object.fromEntries(
      SHAPES[table].fields.filter(() => random(3) > 0).map((name) => [name, pick(VALUES)]),
    );
    const pairs = Object.entries(values).map(([name, value]) => [name, bytes(value)] as const);
    const many = this.model.select(table, key, {}).length >= MANY_ROWS;
    const kind = many ? "remove" : pick(KINDS);
    if (kind === "select") {
      const found = tables.select(table, bytes(key), condition);
      const shown = found.map(({ row, fields }) => shownRow(key, row, Array.from(fields.values(), text)));
      const expected = this.model.select(table, key, condition).map(([row, fields]) => shownRow(key, row, fields));
      this.#compare(shown.join(), expected.join(), kind, table);
      return;
    }
    const write: Record<typeof kind, (target: TestTables) => number> = {
      insert: (target) => target.insert(table, bytes(key), pairs),
      update: (target) => target.update(table, bytes(key), pairs, condition),
      remove: (target) => target.remove(table, bytes(key), condition),
    };
    const model = {
      insert: () => this.model.insert(table, key, values),
      update: () => this.model.update(table, key, values, condition),
      remove: () => this.model.remove(table, key, condition),
    };
    this.#compare(String(write[kind](tables)), String(model[kind]()), kind, table);
    writes.push(write[kind]);
  }

  #compare(found: string, expected: string, kind: string, table: ShapeName): void {
    // A hundred thousand calls of `expect` take longer than everything else.
    if (found !== expected) expect(found, `operation ${this.done}: ${kind} ${table}`).toBe(expected);
    if (this.done > 2_000) return;
    for (let i = 0; i < found.length; i++) this.sum = Math.imul(this.sum ^ found.charCodeAt(i), 0x01000193) >>> 0;
  }
}

async function opened(store: TestTableStore, height: Height): Promise<TestTables> {
  const tables = store.block(height);
  await tables.load(SHAPE_NAMES.map((name) => ({ table: "_sys_tables_", key: bytes(name) })));
  await tables.load(SHAPE_NAMES.flatMap((table) => KEYS.map((key) => ({ table, key: bytes(key) }))));
  return tables;
}

function randomCondition(random: Random, table: ShapeName): TestCondition {
  const fields: readonly string[] = [...SHAPES[table].fields, SHAPES[table].key];
  const comparisons = Array.from({ length: random(4) }, () => ({
    field: fields[random(fields.length)]!,
    op: OPERATORS[random(OPERATORS.length)]!,
    value: bytes(VALUES[random(VALUES.length)]!),
  }));
  return random(3) === 0 ? { comparisons, limit: { offset: random(3), count: random(4) } } : { comparisons };
}

async function compareContents(backend: StorageBackend, model: TableModel): Promise<void> {
  for (const table of SHAPE_NAMES) {
    const rows = await collect(backend.scan(table));
    const width = SHAPES[table].fields.length;
    const shown = rows.map(({ key, row, fields }) => shownRow(text(key), row, fields.slice(0, width).map(text)));
    expect(shown.sort()).toEqual(model.contents(table).sort());
  }
}

function bytes(value: string): Uint8Array {
  return Uint8Array.from(value, (char) => char.charCodeAt(0));
}

function text(value: Uint8Array): string {
  return String.fromCharCode(...value);
}
