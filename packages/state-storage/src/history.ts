import { keyNumber, numberKey, storageError, TABLES } from "@fb/storage-amdb";
import { type BlockPreImages, preImageBytes } from "@fb/storage-amdb/state";
import type { Height, RowOp, StorageBackend } from "@fb/types";
import { decodePreImages, preImageRows } from "./pre-image-rows.ts";

/** Rows that one block removes at most: a backlog goes bit by bit. */
const MAX_REMOVED = 64;
/** Blocks read from disk together. */
const BLOCKS_AT_ONCE = 16;

/** What a block does to the table. */
export interface HistoryChange {
  readonly images: BlockPreImages;
  readonly ops: readonly RowOp[];
  /** Rows it adds. */
  readonly added: number;
  /** No block below this one has rows afterwards. */
  readonly first: Height;
}

/** The pre-images of the last blocks on disk: the way back from the head's rows to recent heights (SPEC 4). */
export class History {
  readonly #backend: StorageBackend;
  readonly #blocks: number;
  /** Lowest block whose pre-images were all there at opening. */
  readonly #lowest: Height;
  /** No block below this one has rows on disk. */
  #first: Height;
  /** Highest block that was computed: as soon as it is durable, rows are gone that it gave up. */
  #planned: Height = -1;
  /** How many rows blocks have, as far as it was this process that wrote them. */
  readonly #counts = new Map<Height, number>();

  private constructor(backend: StorageBackend, blocks: number, lowest: Height, first: Height) {
    this.#backend = backend;
    this.#blocks = blocks;
    this.#lowest = lowest;
    this.#first = first;
  }

  /** @param blocks how many blocks back the state is kept readable */
  static async open(backend: StorageBackend, blocks: number): Promise<History> {
    let lowest = backend.height() + 1;
    let first = lowest;
    for await (const { key, row } of backend.scan(TABLES.preImages, { limit: 1 })) {
      // A removal that ended inside a block took its first rows: what is left of it leads nowhere.
      lowest = keyNumber(key) + (row === 1 ? 0 : 1);
      first = keyNumber(key);
    }
    return new History(backend, blocks, lowest, first);
  }

  /** Lowest height that can be read while `head` is the head. */
  floor(head: Height): Height {
    return Math.max(head - this.#blocks, this.#lowest - 1);
  }

  /** Blocks whose rows wait for removal, beyond what the next one removes. */
  backlog(head: Height): number {
    return Math.max(0, head - this.#blocks - this.#first - MAX_REMOVED);
  }

  /** The rows that block `height` adds, and those it removes because nobody may read that far back any more. */
  async plan(height: Height, images: BlockPreImages): Promise<HistoryChange> {
    this.#planned = Math.max(this.#planned, height);
    const rows = preImageRows(height, images);
    const { removed, first } = await this.#outdated(height - this.#blocks + 1);
    return { images, ops: [...rows, ...removed], added: rows.length, first };
  }

  /** Follows a planned change that is durable now. */
  committed(height: Height, { added, first }: HistoryChange): void {
    this.#counts.set(height, added);
    for (; this.#first < first; this.#first++) this.#counts.delete(this.#first);
  }

  /** Rows of blocks below `end`. */
  async #outdated(end: Height): Promise<{ readonly removed: readonly RowOp[]; readonly first: Height }> {
    const first = this.#first;
    if (end <= first) return { removed: [], first };
    // As a rule one block goes, and looking for its rows on disk would mean to read all that they hold.
    const count = end === first + 1 ? this.#counts.get(first) : undefined;
    if (count !== undefined && count <= MAX_REMOVED) {
      const key = numberKey(first);
      return { removed: Array.from({ length: count }, (_, i) => removal(key, i + 1)), first: end };
    }
    const removed: RowOp[] = [];
    const range = { from: numberKey(first), to: numberKey(end), limit: MAX_REMOVED };
    for await (const { key, row } of this.#backend.scan(TABLES.preImages, range)) {
      removed.push(removal(key, row));
    }
    return { removed, first: removed.length < MAX_REMOVED ? end : keyNumber(removed.at(-1)!.key) };
  }

  /**
   * What the blocks of a range overwrote, in order, at most 16 of them. Rejects with STATE_NOT_KEPT when later blocks have
   * removed it meanwhile.
   *
   * @param prefixes of the addresses that matter; null = all do
   */
  async blocks(from: Height, to: Height, prefixes: ReadonlySet<number> | null): Promise<BlockPreImages[]> {
    const count = Math.min(to - from + 1, BLOCKS_AT_ONCE);
    const heights = Array.from({ length: count }, (_, i) => from + i);
    const found = await this.#backend.rowsMany(TABLES.preImages, heights.map(numberKey));
    return found.map((rows, i) => {
      if (rows.length > 0)
        return decodePreImages(
          rows.map(({ fields }) => fields[0]!),
          prefixes,
        );
      const code = heights[i]! <= this.floor(this.#planned) ? "STATE_NOT_KEPT" : "STORAGE_CORRUPT";
      throw storageError(code, "pre-images are missing", { height: heights[i]! });
    });
  }

  /** All pre-images of the last blocks up to `head` that fit in `maxBytes` of memory, oldest first. */
  async recent(head: Height, maxBytes: number): Promise<BlockPreImages[]> {
    const newestFirst: BlockPreImages[] = [];
    let bytes = 0;
    for (let height = head; height > this.floor(head); height--) {
      const [images] = await this.blocks(height, height, null);
      bytes += preImageBytes(images!);
      if (bytes > maxBytes) break;
      newestFirst.push(images!);
    }
    return newestFirst.reverse();
  }
}

function removal(key: Uint8Array, row: number): RowOp {
  return { table: TABLES.preImages, key, row, fields: null };
}
