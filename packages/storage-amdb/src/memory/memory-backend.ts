import {
  type Height,
  invariant,
  type KeyRange,
  type RowOp,
  type StorageBackend,
  type StorageSnapshot,
  type StoredRow,
  type TableRow,
} from "@fb/types";
import { CommitGate } from "../backend/commit-gate.ts";
import { checkOp, encodeKey, tablePrefix } from "../row-codec.ts";
import { binaryString } from "../row-key.ts";
import { createMemoryDisk, MemoryDiskState, type MemoryRows } from "./memory-disk.ts";
import type { MemoryBackendOptions } from "./options.ts";

/** Rows in memory with the semantics of a disk; for tests and throw-away chains. */
export function createMemoryBackend(options: MemoryBackendOptions = {}): StorageBackend {
  const disk = options.disk ?? createMemoryDisk();
  invariant(disk instanceof MemoryDiskState, "a memory disk comes from createMemoryDisk");
  return new MemoryBackend(disk);
}

class MemoryBackend implements StorageBackend {
  readonly #disk: MemoryDiskState;
  readonly #gate: CommitGate;

  constructor(disk: MemoryDiskState) {
    this.#disk = disk;
    this.#gate = new CommitGate(disk.height, disk.incomplete);
  }

  height(): Height {
    return this.#gate.height;
  }

  async rows(table: string, key: Uint8Array): Promise<readonly StoredRow[]> {
    return (await this.rowsMany(table, [key]))[0]!;
  }

  rowsMany(table: string, keys: readonly Uint8Array[]): Promise<readonly (readonly StoredRow[])[]> {
    return this.#gate.read(async () => keys.map((key) => this.#read(table, key)));
  }

  async *scan(table: string, range: KeyRange = {}): AsyncIterable<StoredRow> {
    const found = await this.#gate.read(async () => this.#range(table, range));
    for (const row of found) {
      this.#gate.checkOpen();
      yield row;
    }
  }

  async commit(height: Height, batch: readonly RowOp[]): Promise<void> {
    const ops = batch.map(ownOp);
    await this.#gate.commit(height, () =>
      this.#disk.write(() => {
        for (const op of ops) this.#write(op.table, op.key, op.row, op.fields);
        this.#disk.height = height;
      }),
    );
  }

  async snapshot(): Promise<StorageSnapshot> {
    const { height, rows } = await this.#gate.read(async () => ({
      height: this.#disk.height,
      rows: [...this.#disk.tables.keys()]
        .sort()
        .flatMap((table): TableRow[] => this.#range(table, {}).map((row) => ({ table, ...row }))),
    }));
    const gate = this.#gate;
    async function* all(): AsyncIterable<TableRow> {
      for (const row of rows) {
        gate.checkOpen();
        yield row;
      }
    }
    return { height, rows: all(), close: async () => undefined };
  }

  fill(height: Height, rows: AsyncIterable<TableRow>): Promise<void> {
    return this.#gate.fill(height, async () => {
      this.#disk.incomplete = true;
      this.#disk.tables.clear();
      for await (const row of rows) {
        const { table, key, row: id, fields } = ownOp(row);
        await this.#disk.write(() => this.#write(table, key, id, fields));
      }
      await this.#disk.write(() => {
        this.#disk.height = height;
        this.#disk.incomplete = false;
      });
    });
  }

  close(): Promise<void> {
    return this.#gate.close(async () => undefined);
  }

  #read(table: string, key: Uint8Array): readonly StoredRow[] {
    encodeKey(tablePrefix(table), key);
    const rows = this.#disk.tables.get(table)?.rows.get(binaryString(key)) ?? [];
    return rows.map(({ row, fields }) => ({ key, row, fields }));
  }

  #range(table: string, { from, to, reverse = false, limit = Number.POSITIVE_INFINITY }: KeyRange): StoredRow[] {
    tablePrefix(table);
    const stored = this.#disk.tables.get(table);
    if (stored === undefined) return [];
    stored.sorted ??= [...stored.rows.keys()].sort((a, b) => (a < b ? -1 : 1));
    const low = from === undefined ? "" : binaryString(from);
    const high = to === undefined ? null : binaryString(to);
    const keys = stored.sorted.filter((key) => key >= low && (high === null || key < high));
    if (reverse) keys.reverse();
    const found: StoredRow[] = [];
    for (const text of keys) {
      const key = Uint8Array.from(text, (char) => char.charCodeAt(0));
      const rows = stored.rows.get(text)!;
      for (const { row, fields } of reverse ? rows.toReversed() : rows) {
        if (found.length >= limit) return found;
        found.push({ key, row, fields });
      }
    }
    return found;
  }

  #write(table: string, key: string, row: number, fields: MemoryRows[number]["fields"] | null): void {
    const stored = this.#disk.table(table);
    const others = (stored.rows.get(key) ?? []).filter((other) => other.row !== row);
    const rows = fields === null ? others : [...others, { row, fields }].sort((a, b) => a.row - b.row);
    if (stored.rows.has(key) !== rows.length > 0) stored.sorted = null;
    if (rows.length === 0) stored.rows.delete(key);
    else stored.rows.set(key, rows);
  }
}

/** A copy, as a disk would make one: later changes to the caller's bytes must not reach the rows. */
function ownOp(op: RowOp) {
  checkOp(op);
  encodeKey(tablePrefix(op.table), op.key);
  return { ...op, key: binaryString(op.key), fields: op.fields?.map((field) => new Uint8Array(field)) ?? null };
}
