import type { HeadRecord } from "@fb/api";
import type { Clock, Logger, MetricsRegister } from "@fb/runtime";
import type { CryptoSuite, Evm, GenesisConfig, GroupChannel, StorageBackend } from "@fb/types";
import type { CallRunner, CallSource } from "./calls/ports.ts";

/** What a node chooses for itself in a group; `group.N.ini`. */
export interface GroupOptions {
  readonly genesis: GenesisConfig;
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
  /** Memory for cached state and table rows, in bytes. */
  readonly cacheBytes: number;
  /** Blocks before the head whose state stays readable; 0 = all (state type mpt only). */
  readonly historyBlocks: number;
  readonly pool: {
    readonly maxTransactions: number;
    readonly maxBytes: number;
    readonly maxPerSender: number;
    readonly expiryMs: number;
  };
  readonly sync: { readonly statusBeatMs: number; readonly maxBytes: number };
}

/** Facts a group tells its host. */
export type GroupFact =
  | { readonly type: "head"; readonly head: HeadRecord }
  /** Hashes of 32 bytes one after the other; only while pending transactions are watched. */
  | { readonly type: "pending"; readonly hashes: Uint8Array }
  /** This group stopped working and must be looked at by the operator; reads go on. */
  | { readonly type: "halted"; readonly code: string; readonly message: string };

/** Capabilities for exactly one group. */
export interface GroupDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  /** Opened for this group; nothing else is reachable through it. The group closes it. */
  readonly backend: StorageBackend;
  /** Bound to this group. The group closes it. */
  readonly channel: GroupChannel;
  /** The node's private key, 32 bytes; used only for digests that name this group's genesis. */
  readonly privateKey: Uint8Array;
  /** Where calls run, reading from `source`; absent = in this thread. The group closes it. */
  readonly createCalls?: (source: CallSource) => CallRunner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
  readonly onFact: (fact: GroupFact) => void;
}
