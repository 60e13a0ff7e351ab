import { keyNumber, numberKey, TABLES } from "@fb/storage-amdb";
import {
  type CryptoSuite,
  concatBytes,
  type Height,
  invariant,
  type RowOp,
  replayKey,
  type SignedTransaction,
  type StorageBackend,
} from "@fb/types";
import { chainError } from "./errors.ts";
import { KeySet } from "./key-set.ts";

const KEY_BYTES = 16;

/** Keys of one blockLimit: the rows they are stored in and the packed keys of each. */
interface Bucket {
  readonly rows: number[];
  readonly packs: Uint8Array[];
}

/** What a block does to the window. */
export interface WindowChange {
  readonly height: Height;
  /** Packed new keys by blockLimit. */
  readonly added: ReadonlyMap<Height, Uint8Array>;
  readonly ops: readonly RowOp[];
}

/**
 * Replay keys of committed group transactions, each kept until the height reaches its own blockLimit (SPEC 4). On disk
 * one row for each block and blockLimit, in memory a set.
 */
export class ReplayWindow {
  readonly #suite: CryptoSuite;
  readonly #keys = new KeySet();
  readonly #buckets = new Map<Height, Bucket>();

  constructor(suite: CryptoSuite) {
    this.#suite = suite;
  }

  /** The window as it is on disk. */
  static async load(suite: CryptoSuite, backend: Pick<StorageBackend, "scan">): Promise<ReplayWindow> {
    const window = new ReplayWindow(suite);
    for await (const { key, row, fields } of backend.scan(TABLES.replayKeys)) {
      const pack = fields[0]!;
      if (pack.length === 0 || pack.length % KEY_BYTES !== 0) {
        throw chainError("STORE_CORRUPT", "a row of replay keys is damaged", { blockLimit: keyNumber(key), row });
      }
      window.#insert(keyNumber(key), row, pack);
    }
    return window;
  }

  get size(): number {
    return this.#keys.size;
  }

  has(key: Uint8Array): boolean {
    return this.#keys.has(key);
  }

  /** What block `height` with these transactions changes; touches nothing. Keys that die with the block are not stored. */
  plan(height: Height, txs: readonly SignedTransaction[]): WindowChange {
    const keys = new Map<Height, Uint8Array[]>();
    for (const { tx, sender } of txs) {
      if (tx.group === null) continue;
      const blockLimit = Number(tx.group.blockLimit);
      invariant(blockLimit >= height, "a transaction was committed after its block limit", { height, blockLimit });
      if (blockLimit === height) continue;
      const list = keys.get(blockLimit);
      const key = replayKey(this.#suite, sender, tx.nonce);
      if (list === undefined) keys.set(blockLimit, [key]);
      else list.push(key);
    }
    const added = new Map([...keys].map(([blockLimit, list]) => [blockLimit, concatBytes(...list)]));
    const ops: RowOp[] = [];
    for (const [blockLimit, pack] of added) {
      ops.push({ table: TABLES.replayKeys, key: numberKey(blockLimit), row: height, fields: [pack] });
    }
    for (const row of this.#buckets.get(height)?.rows ?? []) {
      ops.push({ table: TABLES.replayKeys, key: numberKey(height), row, fields: null });
    }
    return { height, added, ops };
  }

  /** Follows a planned change that is durable now. */
  apply({ height, added }: WindowChange): void {
    for (const [blockLimit, pack] of added) this.#insert(blockLimit, height, pack);
    for (const pack of this.#buckets.get(height)?.packs ?? []) {
      for (const key of keysOf(pack)) this.#keys.delete(key);
    }
    this.#buckets.delete(height);
  }

  #insert(blockLimit: Height, row: number, pack: Uint8Array): void {
    let bucket = this.#buckets.get(blockLimit);
    if (bucket === undefined) this.#buckets.set(blockLimit, (bucket = { rows: [], packs: [] }));
    bucket.rows.push(row);
    bucket.packs.push(pack);
    for (const key of keysOf(pack)) {
      invariant(this.#keys.add(key), "a replay key was committed twice", { blockLimit, row });
    }
  }
}

function* keysOf(pack: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < pack.length; at += KEY_BYTES) yield pack.subarray(at, at + KEY_BYTES);
}
