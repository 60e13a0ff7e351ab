import { promisify } from "node:util";
import type { RowOp } from "@fb/types";
import rocksdb from "rocksdb";

const MIB = 1024 * 1024;

interface Batch {
  put(key: Buffer, value: Buffer): Batch;
  write(options: { sync: boolean }, done: (error?: Error | null) => void): void;
}

interface Binding {
  open(options: object, done: (error?: Error | null) => void): void;
  close(done: (error?: Error | null) => void): void;
  batch(): Batch;
}

// A cast, since the binding's own types extend those of a package that it does not depend on.
const create = rocksdb as unknown as (path: string) => Binding;

/** What the binding does by itself: one synced batch of keys and values. */
export class RawRocksdb {
  readonly #db: Binding;

  private constructor(db: Binding) {
    this.#db = db;
  }

  static async open(path: string): Promise<RawRocksdb> {
    const db = create(path);
    // What the backend asks for by default.
    const options = { createIfMissing: true, cacheSize: 64 * MIB, writeBufferSize: 32 * MIB, infoLogLevel: "error" };
    await promisify((done: (error?: Error | null) => void) => db.open(options, done))();
    return new RawRocksdb(db);
  }

  async commit(batch: readonly RowOp[]): Promise<void> {
    const writes = this.#db.batch();
    for (const { table, key, fields } of batch) {
      writes.put(Buffer.concat([Buffer.from(`${table}\0`), key]), Buffer.from(fields![0]!));
    }
    await promisify((done: (error?: Error | null) => void) => writes.write({ sync: true }, done))();
  }

  async close(): Promise<void> {
    await promisify((done: (error?: Error | null) => void) => this.#db.close(done))();
  }
}
