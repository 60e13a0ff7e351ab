import type { Clock, Logger, MetricsRegister, Rng, ThreadLane } from "@fb/runtime";
import type {
  Block,
  CommitCertificate,
  CryptoSuite,
  GroupChannel,
  Hash,
  HeadInfo,
  Height,
  Members,
  SignedTransaction,
} from "@fb/types";
import type { SyncHaltCode } from "./errors.ts";

/** A committed block as it goes to a peer. */
export interface EncodedBlock {
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

/** What sync asks of the chain. */
export interface SyncChain {
  readonly genesisHash: Hash;
  /** Highest durable block. */
  head(): HeadInfo;
  /** In force for head + 1. */
  members(): Members;
  /** From this block on, blocks are kept; 0 = all. */
  lowestBlock(): Height;
  /** Consecutive blocks from `from`, at least one when it is kept, otherwise while they fit in `maxBytes`. */
  encodedBlocks(from: Height, maxBlocks: number, maxBytes: number): Promise<readonly EncodedBlock[]>;
  /** Every new head once, in order, whoever committed it. Returns the function that ends the subscription. */
  onCommitted(listener: () => void): () => void;
}

/** What sync asks of the pool. */
export interface SyncPool {
  /** @param origin who brought them, by a name that shares room and blocks with nobody else. */
  submit(raws: readonly Uint8Array[], origin: string): Promise<readonly AdmissionOutcome[]>;
  get(hash: Hash): SignedTransaction | null;
  /** Whether it waits here or was committed a short while ago. */
  knows(hash: Hash): boolean;
  /** All that waits, in the order in which it came. */
  waiting(): Iterable<WaitingTransaction>;
  onAccepted(listener: (event: AcceptedTransactions) => void): () => void;
}

export interface WaitingTransaction {
  readonly hash: Hash;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
}

export type AdmissionOutcome =
  | { readonly ok: true; readonly hash: Hash }
  | {
      readonly ok: false;
      readonly code: string;
      /** Null when the bytes were not looked at or did not decode. */
      readonly hash: Hash | null;
      /** Whether its signature had to be recovered to tell. */
      readonly recovered: boolean;
    };

export interface AcceptedTransactions {
  readonly txs: readonly SignedTransaction[];
  readonly source: "client" | "peer";
}

/**
 * Judges, executes, compares and commits block head + 1, whose certificate and txRoot were checked. Resolves once the
 * block is durable; `ok` also when the chain had that height already. A refusal means that a quorum certified what this
 * node cannot reproduce: sync stops and says so. A rejected promise = storage failed.
 */
export type ImportBlockFn = (
  block: Block,
  certificate: CommitCertificate,
) => Promise<{ readonly ok: true } | { readonly ok: false; readonly code: string }>;

export interface SyncHalt {
  readonly code: SyncHaltCode;
  readonly message: string;
}

export interface SyncDeps {
  readonly channel: GroupChannel;
  readonly chain: SyncChain;
  readonly pool: SyncPool;
  readonly importBlock: ImportBlockFn;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  /** For the ids of requests; not predictable outside tests. */
  readonly rng: Rng;
  /** Where what is done for members gets its slices of the thread. */
  readonly lane: ThreadLane;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
  /** Called once when block download has stopped for good. */
  readonly onHalt: (halt: SyncHalt) => void;
}
