import type { BatchDBOp, DB } from "@ethereumjs/util";
import rocksdb from "rocksdb";

type Done = (error?: Error | null) => void;

interface Batch {
  put(key: string, value: Buffer): Batch;
  del(key: string): Batch;
  write(options: { sync: boolean }, done: Done): void;
}

interface Binding {
  open(options: { createIfMissing: boolean; cacheSize: number; writeBufferSize: number }, done: Done): void;
  close(done: Done): void;
  get(key: string, options: object, done: (error: Error | null, value?: Buffer) => void): void;
  batch(): Batch;
}

const MIB = 1024 * 1024;
// A cast, since the binding's own types extend those of a package that it does not depend on.
const open = rocksdb as unknown as (path: string) => Binding;

/** What @ethereumjs/mpt writes to, on the binding that the node uses and with the memory it gives it. */
export class RocksdbStore implements DB<string, Uint8Array> {
  readonly #db: Binding;

  private constructor(db: Binding) {
    this.#db = db;
  }

  static async create(folder: string): Promise<RocksdbStore> {
    const db = open(folder);
    const options = { createIfMissing: true, cacheSize: 64 * MIB, writeBufferSize: 32 * MIB };
    await settled((done) => db.open(options, done));
    return new RocksdbStore(db);
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.#db.get(key, {}, (error, value) => resolve(error ? undefined : value)));
  }

  put(key: string, value: Uint8Array): Promise<void> {
    return this.batch([{ type: "put", key, value }]);
  }

  del(key: string): Promise<void> {
    return this.batch([{ type: "del", key }]);
  }

  batch(ops: BatchDBOp<string, Uint8Array>[]): Promise<void> {
    const batch = this.#db.batch();
    for (const op of ops) {
      if (op.type === "put") batch.put(op.key, Buffer.from(op.value));
      else batch.del(op.key);
    }
    return settled((done) => batch.write({ sync: true }, done));
  }

  shallowCopy(): DB<string, Uint8Array> {
    return this;
  }

  async open(): Promise<void> {}

  close(): Promise<void> {
    return settled((done) => this.#db.close(done));
  }
}

function settled(job: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => job((error) => (error ? reject(error) : resolve())));
}
