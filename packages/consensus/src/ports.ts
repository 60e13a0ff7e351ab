import type { Clock, Logger, MetricsRegister } from "@fb/runtime";
import type { KeyRing } from "@fb/runtime/encryption";
import type {
  Block,
  BlockHeader,
  CommitCertificate,
  CryptoSuite,
  GroupChannel,
  Hash,
  HeadInfo,
  Height,
  Members,
  NodeId,
  Signature,
} from "@fb/types";
import type { HaltCode } from "./errors.ts";

/** A block that became the head, with the members in force for the next height. */
export interface NewHead {
  readonly head: HeadInfo;
  readonly members: Members;
}

/** Limits of the next height, from committed tables. */
export interface HeightLimits {
  /** Transactions in a block, at least 1. */
  readonly txCount: number;
  /** `gasLimit` of the header. */
  readonly gas: number;
  /** How long the first leader of the height may take, where the engine lets the chain decide. ms, 500..3600000. */
  readonly timeoutMs: number;
}

/** The committed chain, as an engine sees it. */
export interface ChainPort {
  readonly genesisHash: Hash;
  /** The newest block that may be built on, and the members in force for the next height. */
  head(): NewHead;
  /** Highest block that survives a crash of this moment; never above the head. */
  durableHeight(): Height;
  limits(): HeightLimits;
  /** Header of a committed height; null when it is not kept. */
  header(height: Height): Promise<BlockHeader | null>;
  /** Every new head exactly once and in order, whether we or sync committed it. */
  onHead(listener: (head: NewHead) => void): () => void;
}

export type ExecuteResult =
  | { readonly ok: true; readonly hash: Hash; readonly header: BlockHeader }
  /** Not a valid block over the head. */
  | { readonly ok: false; readonly code: string };

/** Judging, executing and storing blocks over the head. A rejected promise = storage failed, and halts the engine. */
export interface ExecutionPort {
  /**
   * Executes a proposal that is valid over the head (types SPEC 13, which knows no clock) and keeps the result for
   * `commit` until the head moves; refuses any other without executing it. One call at a time.
   */
  execute(block: Block): Promise<ExecuteResult>;
  /** Stores an executed block; resolves when it is durable, or when the chain already has that height. */
  commit(hash: Hash, certificate: CommitCertificate): Promise<void>;
}

export interface SealLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
}

export interface SealedTransactions {
  /** Raw transactions in execution order, with their hashes. */
  readonly transactions: readonly Uint8Array[];
  readonly hashes: readonly Hash[];
}

/** The pool, as the sealer sees it. */
export interface PoolPort {
  /** Transactions that `seal` would return without limits. */
  pending(): number;
  /** Takes nothing out: the same transactions may be sealed again until a block has them. Over the head. */
  seal(limits: SealLimits): Promise<SealedTransactions>;
  /** Called when `pending` may have changed; may be called too often. */
  onPending(listener: () => void): () => void;
}

/** Signs digests with the node's key, for one group. */
export interface SignerPort {
  readonly self: NodeId;
  sign(digest: Hash): Signature;
}

export interface SyncPort {
  /** `peer` knows a certified block at `height` or claims to. May be called often for the same. */
  behind(height: Height, peer: NodeId): void;
}

export interface HaltReport {
  readonly code: HaltCode;
  readonly message: string;
}

/** Capabilities of one group that every engine is created with. */
export interface EngineDeps {
  readonly chain: ChainPort;
  readonly execution: ExecutionPort;
  readonly pool: PoolPort;
  readonly sync: SyncPort;
  readonly channel: GroupChannel;
  readonly signer: SignerPort;
  readonly suite: CryptoSuite;
  /** The journal is encrypted under these; absent = in clear. */
  readonly keys?: KeyRing;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
  /** Called once when the engine has stopped for good; the group must be restarted by the host. */
  readonly onHalt: (report: HaltReport) => void;
}
