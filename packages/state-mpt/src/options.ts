import type { Logger, MetricsRegister } from "@fb/runtime";
import type { CryptoSuite, StorageBackend } from "@fb/types";

export interface MptStateOptions {
  readonly backend: StorageBackend;
  readonly suite: CryptoSuite;
  /** Decoded accounts, slots and code in memory, in bytes; default 64 MiB. */
  readonly cacheBytes?: number;
  /** Trie nodes of the head in memory, in bytes, estimated; default 128 MiB. */
  readonly nodeCacheBytes?: number;
  /** What recent blocks overwrote, in bytes; default 32 MiB. Older heights are read from the trie. */
  readonly preImageBytes?: number;
  /** How many blocks before the head stay readable, at least 1; older ones are pruned as blocks come. Default: all. */
  readonly historyBlocks?: number;
  /** Hears of heights that wait for removal. */
  readonly log?: Logger;
  readonly metrics?: MetricsRegister;
}
