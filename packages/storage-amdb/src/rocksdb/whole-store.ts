import { type Height, invariant, type RowOp, type StorageSnapshot, type TableRow } from "@fb/types";
import type { CommitGate } from "../backend/commit-gate.ts";
import type { Permits } from "../backend/permits.ts";
import { storageError } from "../errors.ts";
import { decodeRowKey, tableOfKey } from "../row-codec.ts";
import { keyNumber } from "../system-tables.ts";
import type { Page, RocksDatabase, RocksIterator, RocksWrite } from "./binding.ts";
import { META_KEYS } from "./meta-keys.ts";
import type { RowValues } from "./row-values.ts";

/** Every key lies between: the store's own begin with 0, names of tables are ASCII. */
const FIRST_KEY = Uint8Array.of(0);
const LAST_KEY = Uint8Array.of(0xff);
/** Bytes of keys and values written together. */
const PORTION_BYTES = 4 * 1024 * 1024;

export interface SnapshotDeps {
  readonly db: RocksDatabase;
  readonly gate: CommitGate;
  readonly permits: Permits;
  readonly values: RowValues;
}

/** Everything stored at one height. One iterator sees one point in time, the height included. */
export async function openSnapshot({ db, gate, permits, values }: SnapshotDeps): Promise<StorageSnapshot> {
  gate.checkOpen();
  const iterator = db.iterate(FIRST_KEY, LAST_KEY, false, -1);
  let ended = false;
  const close = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    // Closing the database ends its iterators by itself.
    if (!gate.isClosed) await permits.run(() => iterator.end());
  };
  const next = (): Promise<Page | null> => gate.read(() => permits.run(() => iterator.next()));
  try {
    const first: (readonly [Uint8Array, Uint8Array])[] = [];
    // A page may hold less than the store's own keys, which come first.
    for (let page = await next(); page !== null; page = await next()) {
      first.push(...page);
      if (page.at(-1)![0][0] !== 0) break;
    }
    return { height: heightIn(first), rows: rowsOf(first, next, { gate, values, close }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** -1 in a store without blocks. */
function heightIn(page: Page): Height {
  const found = page.find(([key]) => isKey(key, META_KEYS.height));
  if (found === undefined) return -1;
  if (found[1].length !== 8) throw storageError("STORAGE_CORRUPT", "committed height is unreadable");
  return keyNumber(found[1]);
}

async function* rowsOf(
  first: Page,
  next: RocksIterator["next"],
  { gate, values, close }: Pick<SnapshotDeps, "gate" | "values"> & { close(): Promise<void> },
): AsyncIterable<TableRow> {
  let table = "";
  let prefix = 0;
  const belongs = (key: Uint8Array): boolean => {
    for (let i = 0; i < prefix - 1; i++) if (key[i] !== table.charCodeAt(i)) return false;
    return prefix > 0 && key[prefix - 1] === 0;
  };
  try {
    for (let page: Page | null = first; page !== null; page = await next()) {
      for (const [encoded, value] of page) {
        gate.checkOpen();
        if (encoded[0] === 0 && isMeta(encoded)) continue;
        if (!belongs(encoded)) {
          table = tableOfKey(encoded);
          prefix = table.length + 1;
        }
        const { key, row } = decodeRowKey(prefix, encoded);
        yield { table, key, row, fields: values.decode(encoded, value) };
      }
    }
  } finally {
    await close();
  }
}

function isMeta(key: Uint8Array): boolean {
  return Object.values(META_KEYS).some((meta) => isKey(key, meta));
}

function isKey(key: Uint8Array, other: Uint8Array): boolean {
  return key.length === other.length && key.every((byte, i) => byte === other[i]);
}

export interface Filling {
  readonly rows: AsyncIterable<TableRow>;
  encode(batch: readonly RowOp[]): RocksWrite[];
  /** What is written last. */
  readonly meta: readonly RocksWrite[];
}

/** Removes everything, writes the rows in portions, and says only with the last one that the store is whole (SPEC 4.5). */
export async function fillStore(db: RocksDatabase, { rows, encode, meta }: Filling): Promise<void> {
  const format = meta.find(({ key }) => isKey(key, META_KEYS.format));
  invariant(format !== undefined, "a store has a format");
  await db.write([format, { key: META_KEYS.filling, value: Uint8Array.of(1) }]);
  await removeRows(db);
  let portion: RocksWrite[] = [];
  let bytes = 0;
  for await (const row of rows) {
    for (const write of encode([row])) {
      portion.push(write);
      bytes += write.key.length + (write.value?.length ?? 0);
    }
    if (bytes < PORTION_BYTES) continue;
    await db.write(portion);
    portion = [];
    bytes = 0;
  }
  await db.write([...portion, { key: META_KEYS.filling, value: null }, ...meta]);
}

async function removeRows(db: RocksDatabase): Promise<void> {
  const iterator = db.iterate(FIRST_KEY, LAST_KEY, false, -1);
  try {
    for (let page = await iterator.next(); page !== null; page = await iterator.next()) {
      await db.write(page.filter(([key]) => !isMeta(key)).map(([key]) => ({ key, value: null })));
    }
  } finally {
    await iterator.end();
  }
}
