import { createMptState } from "@fb/state-mpt";
import { createStorageState } from "@fb/state-storage";
import type { StateType, WorldState } from "@fb/types";
import type { GroupDeps } from "./ports.ts";

/** How a group's cache memory is shared out, in bytes. */
export interface CacheShares {
  readonly state: number;
  readonly preImages: number;
  readonly nodes: number;
  readonly tables: number;
  readonly blocks: number;
}

export function shareCache(bytes: number): CacheShares {
  const part = (eighths: number) => Math.floor((bytes / 8) * eighths);
  return { state: part(3), preImages: part(1), nodes: part(2), tables: part(1), blocks: part(1) };
}

/**
 * The world state a group's genesis names.
 *
 * @param historyBlocks blocks before the head that stay readable; 0 = all, which only a trie can
 */
export function createWorld(
  type: StateType,
  cache: CacheShares,
  historyBlocks: number,
  deps: Pick<GroupDeps, "backend" | "suite" | "log" | "metrics">,
): Promise<WorldState> {
  const { backend, suite, log, metrics } = deps;
  const history = historyBlocks === 0 ? {} : { historyBlocks };
  const common = { backend, suite, log, metrics, preImageBytes: cache.preImages, ...history };
  return type === "mpt"
    ? createMptState({ ...common, cacheBytes: cache.state, nodeCacheBytes: cache.nodes })
    : createStorageState({ ...common, cacheBytes: cache.state + cache.nodes });
}
