import type { Hash, Height } from "@fb/types";
import type { BlockReader } from "./reader.ts";

/** What BLOCKHASH reaches back from the next block, the head included. */
const KEPT = 257;

/** Hashes of the head and the 256 blocks before it, in memory. */
export class RecentHashes {
  readonly #hashes = new Map<Height, Hash>();

  static async load(reader: BlockReader, head: Height): Promise<RecentHashes> {
    const recent = new RecentHashes();
    const from = Math.max(0, head - KEPT + 1);
    for (let height = from; height <= head; height++) {
      const hash = await reader.hash(height);
      if (hash !== null) recent.add(height, hash);
    }
    return recent;
  }

  get(height: Height): Hash | null {
    return this.#hashes.get(height) ?? null;
  }

  add(height: Height, hash: Hash): void {
    this.#hashes.set(height, hash);
    this.#hashes.delete(height - KEPT);
  }
}
