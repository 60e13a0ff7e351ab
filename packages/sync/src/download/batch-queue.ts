import type { Height } from "@fb/types";
import { Batch } from "./batch.ts";

export interface BatchQueueOptions {
  /** Blocks of a new batch. */
  readonly batchBlocks: number;
  /** New batches end at most so many times `batchBlocks` above the head. */
  readonly maxBatches: number;
}

/** The batches between the head and the highest claim, consecutive and ascending. */
export class BatchQueue<T> {
  readonly #options: BatchQueueOptions;
  #batches: Batch<T>[] = [];

  constructor(options: BatchQueueOptions) {
    this.#options = options;
  }

  get first(): Batch<T> | undefined {
    return this.#batches[0];
  }

  get all(): readonly Batch<T>[] {
    return this.#batches;
  }

  /** Bytes of blocks that wait for import or are imported. */
  get heldBytes(): number {
    return this.#batches.reduce((sum, batch) => sum + batch.heldBytes, 0);
  }

  /** Batches that are asked for. */
  get underWay(): number {
    return this.#batches.filter(({ state }) => state.type === "downloading").length;
  }

  dropFirst(): void {
    this.#batches.shift();
  }

  /** Takes an answer; what it leaves out becomes a batch of its own. */
  received(batch: Batch<T>, blocks: readonly T[], bytes: number): void {
    const missing = batch.count - blocks.length;
    batch.received(blocks, bytes);
    if (missing > 0) this.#batches.splice(this.#batches.indexOf(batch) + 1, 0, new Batch<T>(batch.end + 1, missing));
  }

  /** Drops what the chain has by now, but for a batch under import. */
  skipTo(head: Height): void {
    while (this.first !== undefined && this.first.state.type !== "importing" && this.first.end <= head)
      this.dropFirst();
    this.first?.skipTo(head);
  }

  /** Adds batches as far as claims and the distance from the head allow; cuts off what nobody claims any more. */
  extend(head: Height, best: Height): void {
    const { batchBlocks, maxBatches } = this.#options;
    for (let last = this.#batches.at(-1); last !== undefined; last = this.#batches.at(-1)) {
      if (last.end <= best || last.state.type !== "awaiting") break;
      if (last.from > best) this.#batches.pop();
      else last.count = best - last.from + 1;
    }
    for (;;) {
      const from = (this.#batches.at(-1)?.end ?? head) + 1;
      const count = Math.min(batchBlocks, best - from + 1);
      if (count < 1 || from + count - 1 > head + maxBatches * batchBlocks) return;
      this.#batches.push(new Batch<T>(from, count));
    }
  }
}
