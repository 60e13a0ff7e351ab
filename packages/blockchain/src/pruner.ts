import { BacklogReport, type Logger } from "@fb/runtime";
import { keyNumber, numberKey, TABLES } from "@fb/storage-amdb";
import { type Height, invariant, type RowOp, type StorageBackend } from "@fb/types";
import { STATE_KEYS } from "./rows.ts";

/** Blocks that one commit prunes at most: a backlog goes bit by bit. */
const MAX_BLOCKS = 8;
/** Bytes read to find their rows, after which a commit prunes no third one. */
const MAX_READ_BYTES = 8 * 1024 * 1024;
/** What is pruned of a block. */
const PRUNED_TABLES = [TABLES.numberToBody, TABLES.numberToReceipts] as const;

const NOTHING: readonly RowOp[] = [];

/** Removes bodies and receipts of old blocks, a few with each commit (SPEC 7). */
export class BlockPruner {
  readonly #backend: StorageBackend;
  /** Blocks before the head that are kept; null = all. */
  readonly #keepBlocks: number | null;
  readonly #report: BacklogReport;
  #lowest: Height;
  /** From this block on, blocks have one row of each table, but for those in the set: looking would mean to read them. */
  readonly #written: Height;
  readonly #inParts = new Set<Height>();

  private constructor(backend: StorageBackend, keepBlocks: number | null, lowest: Height, log: Logger) {
    this.#backend = backend;
    this.#keepBlocks = keepBlocks;
    this.#lowest = lowest;
    this.#written = backend.height() + 1;
    this.#report = new BacklogReport(log, "blocks-pruning");
  }

  /** @param keepBlocks before the head, at least 1; null = all */
  static async open(backend: StorageBackend, keepBlocks: number | null, log: Logger): Promise<BlockPruner> {
    const isWhole = keepBlocks === null || (Number.isSafeInteger(keepBlocks) && keepBlocks >= 1);
    invariant(isWhole, "keepBlocks is at least 1", { keepBlocks });
    const row = (await backend.rows(TABLES.currentState, STATE_KEYS.lowest))[0];
    return new BlockPruner(backend, keepBlocks, row === undefined ? 0 : keyNumber(row.fields[0]!), log);
  }

  /** From this block on nothing is pruned; 0 when nothing ever was. Block 0, which holds nothing, always stays. */
  get lowest(): Height {
    return this.#lowest;
  }

  /**
   * What the commit of block `height` removes. It counts as removed from now on: a read never finds rows gone that it
   * was promised. (After a commit that failed, the chain is opened anew.)
   */
  async plan(height: Height): Promise<readonly RowOp[]> {
    const end = this.#keepBlocks === null ? 0 : height - this.#keepBlocks;
    let lowest = Math.max(this.#lowest, 1);
    if (end <= lowest) return NOTHING;
    const ops: RowOp[] = [];
    let bytes = 0;
    for (const first = lowest; lowest < Math.min(end, first + MAX_BLOCKS); lowest++) {
      if (bytes > MAX_READ_BYTES && lowest > first + 1) break;
      for (const table of PRUNED_TABLES) bytes += await this.#addRemovals(ops, table, lowest);
    }
    ops.push({ table: TABLES.currentState, key: STATE_KEYS.lowest, row: 0, fields: [numberKey(lowest)] });
    for (; this.#lowest < lowest; this.#lowest++) this.#inParts.delete(this.#lowest);
    return ops;
  }

  /** Follows a commit that is durable now; `batch` has the rows of the block. */
  committed(height: Height, batch: readonly RowOp[]): void {
    if (this.#keepBlocks === null) return;
    const isPart = ({ table, row }: RowOp) => row === 2 && PRUNED_TABLES.some((name) => name === table);
    if (batch.some(isPart)) this.#inParts.add(height);
    this.#report.step(height - this.#keepBlocks - this.#lowest, this.#lowest);
  }

  /** Removals of all rows that a block has in a table; returns how many bytes had to be read to know them. */
  async #addRemovals(ops: RowOp[], table: string, height: Height): Promise<number> {
    const key = numberKey(height);
    if (height >= this.#written && !this.#inParts.has(height)) {
      ops.push({ table, key, row: 1, fields: null });
      return 0;
    }
    let bytes = 0;
    for await (const { row, fields } of this.#backend.scan(table, { from: key, to: numberKey(height + 1) })) {
      ops.push({ table, key, row, fields: null });
      bytes += fields[0]!.length;
    }
    return bytes;
  }
}
