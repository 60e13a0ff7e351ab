// The binding's interface is a callback generation older than ours: what we use of it is declared and wrapped here, and
// nothing else imports it.
import rocksdb from "rocksdb";
import { asBuffer } from "../backend/as-buffer.ts";

type Done = (error?: Error | null) => void;

interface NativeBatch {
  put(key: Buffer, value: Buffer): NativeBatch;
  del(key: Buffer): NativeBatch;
  write(options: { sync: boolean }, done: Done): void;
}

interface NativeIterator {
  /** Pairs of [key, value] in order; undefined at the end. Not to be mixed with `next`. */
  nextPage(done: (error: Error | null | undefined, page?: [Buffer, Buffer][]) => void): void;
  end(done: Done): void;
}

interface NativeOpenOptions {
  createIfMissing: boolean;
  cacheSize: number;
  writeBufferSize: number;
  maxOpenFiles: number;
  infoLogLevel: string;
  readOnly: boolean;
}

export interface IteratorRange {
  gte: Buffer;
  lt: Buffer;
  reverse: boolean;
  limit: number;
  fillCache: boolean;
}

interface NativeDb {
  open(options: NativeOpenOptions, done: Done): void;
  close(done: Done): void;
  get(
    key: Buffer,
    options: object,
    done: (error: (Error & { notFound?: boolean }) | null, value?: Buffer) => void,
  ): void;
  batch(): NativeBatch;
  iterator(options: IteratorRange & { highWaterMark: number }): NativeIterator;
}

// A cast, since the binding's own types extend those of a package that it does not depend on, and leave `nextPage` out.
// Not `getMany`: it answers undefined for every key.
const open = rocksdb as unknown as (path: string) => NativeDb;

/** Keys and values of one page of an iterator. */
export type Page = readonly (readonly [Uint8Array, Uint8Array])[];

export interface RocksIterator {
  /** Null = the end. */
  next(): Promise<Page | null>;
  end(): Promise<void>;
}

export interface RocksWrite {
  readonly key: Uint8Array;
  /** Null deletes. */
  readonly value: Uint8Array | null;
}

/** The database as promises over Uint8Array. Each call is one job on the thread pool. */
export interface RocksDatabase {
  get(key: Uint8Array): Promise<Uint8Array | null>;
  /** Sees the database as it is now. */
  iterate(from: Uint8Array, to: Uint8Array, reverse: boolean, limit: number): RocksIterator;
  /**
   * Atomic; resolves after fsync of the write-ahead log. Without `sync` it survives a crash of the process, and that of the
   * machine once a later write was synced.
   */
  write(writes: Iterable<RocksWrite>, options?: { readonly sync: boolean }): Promise<void>;
  close(): Promise<void>;
}

const PAGE_BYTES = 256 * 1024;

export async function openDatabase(
  path: string,
  options: { cacheBytes: number; writeBufferBytes: number; maxOpenFiles: number; readOnly?: boolean },
): Promise<RocksDatabase> {
  const db = open(path);
  await call((done) =>
    db.open(
      {
        createIfMissing: options.readOnly !== true,
        readOnly: options.readOnly ?? false,
        cacheSize: options.cacheBytes,
        writeBufferSize: options.writeBufferBytes,
        maxOpenFiles: options.maxOpenFiles,
        infoLogLevel: "error",
      },
      done,
    ),
  );
  return {
    get: (key) =>
      new Promise((resolve, reject) =>
        db.get(asBuffer(key), {}, (error, value) => {
          if (error) return error.notFound === true || /NotFound/i.test(error.message) ? resolve(null) : reject(error);
          resolve(bytes(value!));
        }),
      ),
    iterate(from, to, reverse, limit) {
      const range = {
        gte: asBuffer(from),
        lt: asBuffer(to),
        reverse,
        limit,
        fillCache: true,
        highWaterMark: PAGE_BYTES,
      };
      const iterator = db.iterator(range);
      return {
        next: () =>
          new Promise((resolve, reject) =>
            iterator.nextPage((error, page) => {
              if (error) return reject(error);
              resolve(page === undefined ? null : page.map(([key, value]) => [bytes(key), bytes(value)] as const));
            }),
          ),
        end: () => call((done) => iterator.end(done)),
      };
    },
    write(writes, { sync } = { sync: true }) {
      const batch = db.batch();
      for (const { key, value } of writes) {
        if (value === null) batch.del(asBuffer(key));
        else batch.put(asBuffer(key), asBuffer(value));
      }
      return call((done) => batch.write({ sync }, done));
    },
    close: () => call((done) => db.close(done)),
  };
}

function call(job: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => job((error) => (error ? reject(error) : resolve())));
}

function bytes(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}
