import type { GenesisConfig } from "@fb/types";

export interface BlockchainOptions {
  readonly genesis: GenesisConfig;
  /** Memory for recent blocks and receipts, in bytes. */
  readonly cacheBytes: number;
  /** Blocks before the head whose transactions and receipts are kept (SPEC 7), at least 1; absent = all. */
  readonly keepBlocks?: number;
}
