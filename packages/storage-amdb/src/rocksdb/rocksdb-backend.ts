import { mkdir } from "node:fs/promises";
import { whenDescriptorFree } from "@fb/runtime";
import type { Height, KeyRange, RowOp, StorageBackend, StorageSnapshot, StoredRow, TableRow } from "@fb/types";
import { asStorageError, type CommitGate } from "../backend/commit-gate.ts";
import { Permits } from "../backend/permits.ts";
import { checkOp, decodeRowKey, encodeKey, encodeRowKey, tablePrefix } from "../row-codec.ts";
import { schemaOf } from "../system-tables.ts";
import { openDatabase, type RocksDatabase, type RocksWrite } from "./binding.ts";
import type { RocksdbOptions, RotationOptions } from "./options.ts";
import { Rotation } from "./rotation.ts";
import { plainValues, type RowValues, sealedValues } from "./row-values.ts";
import { metaOf, openMeta, type StoreKeys } from "./store-meta.ts";
import { fillStore, openSnapshot } from "./whole-store.ts";

/** Storage jobs of a group on the shared thread pool at any time. */
const MAX_JOBS = 4;
const MIB = 1024 * 1024;

/**
 * Opens the rows of one group in a RocksDB directory. Throws STORAGE_LOCKED when another process has it open,
 * STORAGE_NOT_WRITABLE, STORAGE_FORMAT for data of another version, STORAGE_KEY_MISSING, STORAGE_KEY_WRONG,
 * STORAGE_NOT_ENCRYPTED, STORAGE_CORRUPT, STORAGE_FULL, STORAGE_FAILED.
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
      const { gate, keys } = await openMeta(db, options.keys);
      return new RocksdbBackend(db, gate, keys, readOnly ? undefined : options.rotation);
    } catch (error) {
      await db.close();
      throw error;
    }
  } catch (error) {
    throw asStorageError(error);
  }
}

class RocksdbBackend implements StorageBackend {
  readonly #db: RocksDatabase;
  readonly #gate: CommitGate;
  readonly #permits = new Permits(MAX_JOBS);
  /** Null = rows are in clear. */
  readonly #keys: StoreKeys | null;
  readonly #values: RowValues;
  readonly #rotation: Rotation | null;

  constructor(db: RocksDatabase, gate: CommitGate, keys: StoreKeys | null, rotation: RotationOptions | undefined) {
    this.#db = db;
    this.#gate = gate;
    this.#keys = keys;
    this.#values = keys === null ? plainValues : sealedValues(keys.ring);
    const isDue = rotation !== undefined && keys !== null && keys.older.length > 0;
    this.#rotation = isDue ? new Rotation({ ...rotation, db, gate, permits: this.#permits, keys }) : null;
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
          yield { key, row, fields: this.#values.decode(encoded, value) };
        }
      }
    } finally {
      // Closing the database ends its iterators by itself.
      if (!this.#gate.isClosed) await this.#permits.run(() => iterator.end());
    }
  }

  async commit(height: Height, batch: readonly RowOp[]): Promise<void> {
    const writes = encodeBatch(batch, height, this.#values);
    writes.push(...metaOf(height, this.#keys));
    await this.#gate.commit(height, () => this.#permits.run(() => this.#db.write(writes)));
  }

  snapshot(): Promise<StorageSnapshot> {
    return openSnapshot({ db: this.#db, gate: this.#gate, permits: this.#permits, values: this.#values });
  }

  async fill(height: Height, rows: AsyncIterable<TableRow>): Promise<void> {
    const encode = (batch: readonly RowOp[]) => encodeBatch(batch, height, this.#values);
    const meta = metaOf(height, this.#keys);
    await this.#gate.fill(height, () => fillStore(this.#db, { rows, encode, meta }));
  }

  async close(): Promise<void> {
    await this.#rotation?.stop();
    await this.#gate.close(() => this.#db.close());
  }

  readonly #readUnique = async (prefix: Uint8Array, key: Uint8Array): Promise<readonly StoredRow[]> => {
    const encoded = encodeKey(prefix, key);
    const value = await this.#db.get(encoded);
    return value === null ? [] : [{ key, row: 0, fields: this.#values.decode(encoded, value) }];
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
          const { row } = decodeRowKey(prefix.length, encoded);
          rows.push({ key, row, fields: this.#values.decode(encoded, value) });
        }
      }
    } finally {
      await iterator.end();
    }
    return rows;
  };
}

function encodeBatch(batch: readonly RowOp[], height: Height, values: RowValues): RocksWrite[] {
  const prefixes = new Map<string, Uint8Array>();
  return batch.map((op) => {
    checkOp(op);
    let prefix = prefixes.get(op.table);
    if (prefix === undefined) prefixes.set(op.table, (prefix = tablePrefix(op.table)));
    const key = encodeRowKey(prefix, op.key, op.row);
    return { key, value: op.fields && values.encode(key, height, op.fields) };
  });
}

/** First key behind a table: its name and a one instead of the zero. */
function tableEnd(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  end[end.length - 1] = 1;
  return end;
}
