import type { GenesisConfig } from "@fb/types";

/** What a group needs to know without peers and consensus. */
export interface CoreOptions {
  readonly genesis: GenesisConfig;
  /** Memory for cached state and table rows, in bytes. */
  readonly cacheBytes: number;
  /** Blocks before the head whose state stays readable; 0 = all (state type mpt only). */
  readonly historyBlocks: number;
  /** Blocks before the head whose transactions and receipts are kept; 0 = all. */
  readonly keepBlocks: number;
  /** Absent = the defaults of the pool. */
  readonly pool?: PoolLimits;
}

export interface PoolLimits {
  readonly maxTransactions: number;
  readonly maxBytes: number;
  readonly maxPerSender: number;
  readonly expiryMs: number;
}

/** What a node chooses for itself in a group; `group.N.ini`. */
export interface GroupOptions extends CoreOptions {
  /** Folder of this group's consensus journal. */
  readonly journalDir: string;
  readonly minBlockIntervalMs: number;
  /** Empty blocks after the last transaction, and the time between them. */
  readonly settleBlocks: number;
  readonly settleIntervalMs: number;
  /** 0 = an idle group is silent. */
  readonly emptyBlockIntervalMs: number;
  /** The operator's word that this node has forgotten no promise, whatever its journal looks like. */
  readonly voteWithoutJournal: boolean;
  readonly pool: PoolLimits;
  readonly sync: { readonly statusBeatMs: number; readonly maxBytes: number };
}
