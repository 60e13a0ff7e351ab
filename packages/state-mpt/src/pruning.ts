import { keyNumber, numberKey, storageError, TABLES } from "@fb/storage-amdb";
import type { Height, RowOp, StorageBackend } from "@fb/types";
import { packKeys, unpackKeys } from "./node-key.ts";

/** Bytes of node keys in one row of the list of stale nodes. */
const CHUNK_BYTES = 64 * 1024;
/** What one block prunes at most, so that a backlog goes bit by bit; of nodes, more when it makes more stale itself. */
const MAX_ROOTS = 64;
const MAX_LISTS = 64;
const MAX_NODES = 16 * 1024;

/** What a block removes of old heights. */
export interface PruneChange {
  readonly ops: readonly RowOp[];
  /** Lowest height that still has its root row. */
  readonly firstRoot: Height;
  /** No block below this one has a list of stale nodes. */
  readonly firstList: Height;
}

/** Rows that list what block `height` made stale: nodes of the block before that its own state no longer has. */
export function staleRows(height: Height, keys: readonly Uint8Array[]): RowOp[] {
  const rows: RowOp[] = [];
  let chunk: Uint8Array[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (chunk.length === 0) return;
    rows.push({ table: TABLES.trieStale, key: numberKey(height), row: rows.length + 1, fields: [packKeys(chunk)] });
    chunk = [];
    bytes = 0;
  };
  for (const key of keys) {
    chunk.push(key);
    bytes += 1 + key.length;
    if (bytes >= CHUNK_BYTES) flush();
  }
  flush();
  return rows;
}

/**
 * Gives up old heights (SPEC 3): the oldest roots first, then the nodes in the lists of stale nodes up to the lowest root
 * that is left. It remembers where the rows begin: to look for them from the start of a table means to pass all that was
 * ever removed there.
 */
export class TriePruner {
  readonly #backend: StorageBackend;
  #firstRoot: Height;
  #firstList: Height;

  private constructor(backend: StorageBackend, firstRoot: Height, firstList: Height) {
    this.#backend = backend;
    this.#firstRoot = firstRoot;
    this.#firstList = firstList;
  }

  static async open(backend: StorageBackend): Promise<TriePruner> {
    const first = async (table: string): Promise<Height> => {
      for await (const { key } of backend.scan(table, { limit: 1 })) return keyNumber(key);
      return backend.height() + 1;
    };
    return new TriePruner(backend, await first(TABLES.stateRoots), await first(TABLES.trieStale));
  }

  /** Lowest height that has a root row: whole, unless something lower was given up since. */
  get firstRoot(): Height {
    return this.#firstRoot;
  }

  /** Heights below `lowest` whose rows the next block will not be able to remove all. */
  backlog(lowest: Height): number {
    return Math.max(0, lowest - Math.min(this.#firstRoot, this.#firstList) - MAX_ROOTS);
  }

  /**
   * What a block removes so that heights below `lowest` are given up. Touches nothing.
   *
   * @param madeStale nodes that the block itself makes stale: so many go at least, or the store would grow for ever
   */
  async plan(lowest: Height, madeStale: number): Promise<PruneChange> {
    const ops: RowOp[] = [];
    const firstRoot = Math.max(this.#firstRoot, Math.min(lowest, this.#firstRoot + MAX_ROOTS));
    for (let height = this.#firstRoot; height < firstRoot; height++) {
      ops.push({ table: TABLES.stateRoots, key: numberKey(height), row: 0, fields: null });
    }
    // The list of a block that is not durable yet cannot be seen: it waits for a later one.
    const end = Math.min(firstRoot, this.#backend.height()) + 1;
    if (end <= this.#firstList) return { ops, firstRoot, firstList: this.#firstList };
    const range = { from: numberKey(this.#firstList), to: numberKey(end), limit: MAX_LISTS };
    const budget = Math.max(MAX_NODES, 2 * madeStale);
    let lists = 0;
    let nodes = 0;
    for await (const list of this.#backend.scan(TABLES.trieStale, range)) {
      const keys = unpackKeys(list.fields[0]!);
      if (keys === null) throw storageError("STORAGE_CORRUPT", "list of stale nodes is unreadable");
      for (const key of keys) ops.push({ table: TABLES.trieNodes, key, row: 0, fields: null });
      ops.push({ table: TABLES.trieStale, key: list.key, row: list.row, fields: null });
      nodes += keys.length;
      if (++lists === MAX_LISTS || nodes >= budget) return { ops, firstRoot, firstList: keyNumber(list.key) };
    }
    return { ops, firstRoot, firstList: end };
  }

  /** Follows a planned change that is durable now. */
  committed({ firstRoot, firstList }: PruneChange): void {
    this.#firstRoot = Math.max(this.#firstRoot, firstRoot);
    this.#firstList = Math.max(this.#firstList, firstList);
  }
}
