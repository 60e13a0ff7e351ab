import type { Logger, MetricsRegister } from "@fb/runtime";
import type { CryptoSuite, StorageBackend } from "@fb/types";

export interface StorageStateOptions {
  readonly backend: StorageBackend;
  readonly suite: CryptoSuite;
  /** Decoded accounts, slots and code in memory, in bytes; default 128 MiB. */
  readonly cacheBytes?: number;
  /** What recent blocks overwrote, in memory, in bytes; default 64 MiB. What does not fit is read from disk. */
  readonly preImageBytes?: number;
  /** How many blocks before the head stay readable, at least 1; default 256. */
  readonly historyBlocks?: number;
  /** Hears of heights that wait for removal. */
  readonly log?: Logger;
  readonly metrics?: MetricsRegister;
}
