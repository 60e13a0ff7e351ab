import type { GenesisConfig } from "@fb/types";

export interface BlockchainOptions {
  readonly genesis: GenesisConfig;
  /** Memory for recent blocks and receipts, in bytes. */
  readonly cacheBytes: number;
}
