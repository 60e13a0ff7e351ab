import { keyNumber, numberKey, storageError, TABLES } from "@fb/storage-amdb";
import { type BlockPreImages, preImageBytes } from "@fb/storage-amdb/state";
import type { Height, RowOp, StorageBackend } from "@fb/types";
import { decodePreImages, preImageRows } from "./pre-image-rows.ts";

/** Rows that one block removes at most: a backlog goes bit by bit. */
const MAX_REMOVED = 64;
/** Blocks read from disk together. */
const BLOCKS_AT_ONCE = 16;

/** The pre-images of the last blocks on disk: the way back from the head's rows to recent heights (SPEC 4). */
export class History {
  readonly #backend: StorageBackend;
  readonly #blocks: number;
  /** Lowest block whose pre-images were there at opening. */
  readonly #lowest: Height;

  private constructor(backend: StorageBackend, blocks: number, lowest: Height) {
    this.#backend = backend;
    this.#blocks = blocks;
    this.#lowest = lowest;
  }

  /** @param blocks how many blocks back the state is kept readable */
  static async open(backend: StorageBackend, blocks: number): Promise<History> {
    let lowest = backend.height() + 1;
    for await (const { key } of backend.scan(TABLES.preImages, { limit: 1 })) lowest = keyNumber(key);
    return new History(backend, blocks, lowest);
  }

  /** Lowest height that can be read while `head` is the head. */
  floor(head: Height): Height {
    return Math.max(head - this.#blocks, this.#lowest - 1);
  }

  /** Rows that block `height` adds, and those it removes because nobody may read that far back any more. */
  async rows(height: Height, images: BlockPreImages): Promise<RowOp[]> {
    const ops = preImageRows(height, images);
    const range = { to: numberKey(Math.max(0, height - this.#blocks + 1)), limit: MAX_REMOVED };
    for await (const { key, row } of this.#backend.scan(TABLES.preImages, range)) {
      ops.push({ table: TABLES.preImages, key, row, fields: null });
    }
    return ops;
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
      const code = heights[i]! <= this.floor(this.#backend.height()) ? "STATE_NOT_KEPT" : "STORAGE_CORRUPT";
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
