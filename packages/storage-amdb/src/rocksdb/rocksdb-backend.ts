import { mkdir } from "node:fs/promises";
import { whenDescriptorFree } from "@fb/runtime";
import type { Height, KeyRange, RowOp, StorageBackend, StorageSnapshot, StoredRow, TableRow } from "@fb/types";
import { asStorageError, CommitGate } from "../backend/commit-gate.ts";
import { Permits } from "../backend/permits.ts";
import { storageError } from "../errors.ts";
import {
  checkOp,
  decodeFields,
  decodeRowKey,
  encodeFields,
  encodeKey,
  encodeRowKey,
  tablePrefix,
} from "../row-codec.ts";
import { keyNumber, numberKey, schemaOf } from "../system-tables.ts";
import { openDatabase, type RocksDatabase, type RocksWrite } from "./binding.ts";
import { META_KEYS } from "./meta-keys.ts";
import type { RocksdbOptions } from "./options.ts";
import { fillStore, openSnapshot } from "./whole-store.ts";

const FORMAT = 1;
/** Storage jobs of a group on the shared thread pool at any time. */
const MAX_JOBS = 4;
const MIB = 1024 * 1024;

/**
 * Opens the rows of one group in a RocksDB directory. Throws STORAGE_LOCKED when another process has it open,
 * STORAGE_NOT_WRITABLE, STORAGE_FORMAT for data of another version, STORAGE_CORRUPT, STORAGE_FULL, STORAGE_FAILED.
 */
export async function openRocksdb(options: RocksdbOptions): Promise<StorageBackend> {
  try {
    const readOnly = options.readOnly ?? false;
    if (!readOnly) await mkdir(options.path, { recursive: true });
    const settings = {
      cacheBytes: options.cacheBytes ?? 64 * MIB,
      writeBufferBytes: options.writeBufferBytes ?? 32 * MIB,
      maxOpenFiles: options.maxOpenFiles ?? 500,
      readOnly,
    };
    const db = await whenDescriptorFree(() => openDatabase(options.path, settings));
    try {
      return new RocksdbBackend(db, await readGate(db));
    } catch (error) {
      await db.close();
      throw error;
    }
  } catch (error) {
    throw asStorageError(error);
  }
}

async function readGate(db: RocksDatabase): Promise<CommitGate> {
  const keys = [META_KEYS.format, META_KEYS.height, META_KEYS.filling];
  const [format, height, filling] = await Promise.all(keys.map((key) => db.get(key)));
  if (format === null && height === null) return new CommitGate(-1);
  if (format?.length !== 1 || format[0] !== FORMAT) {
    throw storageError("STORAGE_FORMAT", "data of another format version", { found: format?.[0], expected: FORMAT });
  }
  if (filling !== null) return new CommitGate(-1, true);
  if (height?.length !== 8) throw storageError("STORAGE_CORRUPT", "committed height is unreadable");
  return new CommitGate(keyNumber(height));
}

class RocksdbBackend implements StorageBackend {
  readonly #db: RocksDatabase;
  readonly #gate: CommitGate;
  readonly #permits = new Permits(MAX_JOBS);

  constructor(db: RocksDatabase, gate: CommitGate) {
    this.#db = db;
    this.#gate = gate;
  }

  height(): Height {
    return this.#gate.height;
  }

  async rows(table: string, key: Uint8Array): Promise<readonly StoredRow[]> {
    return (await this.rowsMany(table, [key]))[0]!;
  }

  rowsMany(table: string, keys: readonly Uint8Array[]): Promise<readonly (readonly StoredRow[])[]> {
    return this.#gate.read(async () => {
      const prefix = tablePrefix(table);
      const read = schemaOf(table)?.keyUnique === true ? this.#readUnique : this.#readAll;
      const results: (readonly StoredRow[])[] = new Array(keys.length);
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < keys.length) {
          const i = next++;
          results[i] = await this.#permits.run(() => read(prefix, keys[i]!));
        }
      };
      await Promise.all(Array.from({ length: Math.min(MAX_JOBS, keys.length) }, worker));
      return results;
    });
  }

  async *scan(table: string, range: KeyRange = {}): AsyncIterable<StoredRow> {
    const prefix = tablePrefix(table);
    const from = range.from === undefined ? prefix : encodeKey(prefix, range.from);
    const to = range.to === undefined ? tableEnd(prefix) : encodeKey(prefix, range.to);
    this.#gate.checkOpen();
    const iterator = this.#db.iterate(from, to, range.reverse === true, range.limit ?? -1);
    try {
      for (;;) {
        const page = await this.#gate.read(() => this.#permits.run(() => iterator.next()));
        if (page === null) return;
        for (const [encoded, value] of page) {
          this.#gate.checkOpen();
          const { key, row } = decodeRowKey(prefix.length, encoded);
          yield { key, row, fields: decodeFields(value) };
        }
      }
    } finally {
      // Closing the database ends its iterators by itself.
      if (!this.#gate.isClosed) await this.#permits.run(() => iterator.end());
    }
  }

  async commit(height: Height, batch: readonly RowOp[]): Promise<void> {
    const writes = encodeBatch(batch);
    writes.push(...metaOf(height));
    await this.#gate.commit(height, () => this.#permits.run(() => this.#db.write(writes)));
  }

  snapshot(): Promise<StorageSnapshot> {
    return openSnapshot(this.#db, this.#gate, this.#permits);
  }

  async fill(height: Height, rows: AsyncIterable<TableRow>): Promise<void> {
    await this.#gate.fill(height, () => fillStore(this.#db, { rows, encode: encodeBatch, meta: metaOf(height) }));
  }

  close(): Promise<void> {
    return this.#gate.close(() => this.#db.close());
  }

  readonly #readUnique = async (prefix: Uint8Array, key: Uint8Array): Promise<readonly StoredRow[]> => {
    const value = await this.#db.get(encodeKey(prefix, key));
    return value === null ? [] : [{ key, row: 0, fields: decodeFields(value) }];
  };

  readonly #readAll = async (prefix: Uint8Array, key: Uint8Array): Promise<readonly StoredRow[]> => {
    const from = encodeKey(prefix, key);
    const to = encodeKey(prefix, key, 1);
    // Row ids follow as eight bytes that begin with 0, so 0xff lies behind them all.
    to[to.length - 1] = 0xff;
    const iterator = this.#db.iterate(from, to, false, -1);
    const rows: StoredRow[] = [];
    try {
      for (let page = await iterator.next(); page !== null; page = await iterator.next()) {
        for (const [encoded, value] of page) {
          rows.push({ key, row: decodeRowKey(prefix.length, encoded).row, fields: decodeFields(value) });
        }
      }
    } finally {
      await iterator.end();
    }
    return rows;
  };
}

/** What the store says of itself when it holds whole blocks up to a height. */
function metaOf(height: Height): RocksWrite[] {
  return [
    { key: META_KEYS.format, value: Uint8Array.of(FORMAT) },
    { key: META_KEYS.height, value: numberKey(height) },
  ];
}

function encodeBatch(batch: readonly RowOp[]): RocksWrite[] {
  const prefixes = new Map<string, Uint8Array>();
  return batch.map((op) => {
    checkOp(op);
    let prefix = prefixes.get(op.table);
    if (prefix === undefined) prefixes.set(op.table, (prefix = tablePrefix(op.table)));
    return { key: encodeRowKey(prefix, op.key, op.row), value: op.fields && encodeFields(op.fields) };
  });
}

/** First key behind a table: its name and a one instead of the zero. */
function tableEnd(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  end[end.length - 1] = 1;
  return end;
}
