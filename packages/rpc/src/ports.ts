import type {
  AccessListItem,
  AccountProof,
  Address,
  BlockHeader,
  CommitCertificate,
  ConsensusType,
  EngineStatus,
  GroupId,
  Hash,
  Height,
  Log,
  LogCriteria,
  Members,
  NodeId,
  Receipt,
  StateType,
} from "@fb/types";

/*
 * What the server asks of a group and of the node. Every method of GroupQuery may cross a thread: arguments and answers
 * are plain structured-cloneable data, one call is one hop and answers one JSON-RPC request whole. An implementation
 * copies byte fields that are views into a larger buffer, because cloning a view clones the whole buffer. A rejected
 * promise means a fault of the node (the client is told "internal error"); everything a client can cause is an answer.
 */

/** A block: height, 32-byte hash, or the head. There is no fork choice, so safe and finalized are the head too. */
export type BlockRef = Height | Hash | "latest";

/** Why a query has no value: the client's mistake or a limit. */
export type QueryErrorCode =
  /** No such block. */
  | "BLOCK_NOT_FOUND"
  /** A range that ends before it begins, or above the head. */
  | "INVALID_RANGE"
  /** The state of that height is no longer kept by this node. */
  | "STATE_NOT_KEPT"
  /** The group's state type has no account proofs. */
  | "PROOF_UNSUPPORTED"
  /** The answer would exceed the given limits; the client narrows its request. */
  | "LIMIT_EXCEEDED"
  /** Too much work is queued; the client retries later. */
  | "BUSY";

export interface QueryFailure {
  readonly ok: false;
  readonly code: QueryErrorCode;
  /** One sentence for the client. */
  readonly message: string;
  /** With LIMIT_EXCEEDED: the `maxBytes` that would be enough, when that is known. */
  readonly bytes?: number;
}

export type QueryResult<T> = { readonly ok: true; readonly value: T } | QueryFailure;

/** Facts of a group that never change while it runs. */
export interface GroupInfo {
  readonly groupId: GroupId;
  /** chain.id, as group transactions carry it. */
  readonly chainId: number;
  readonly genesisHash: Hash;
  readonly consensus: ConsensusType;
  readonly state: StateType;
  /** Whether gas costs balance; when not, effective gas prices are zero. */
  readonly chargeGas: boolean;
}

/** A committed header with what its Ethereum form needs besides. */
export interface HeadRecord {
  readonly hash: Hash;
  readonly header: BlockHeader;
  /** Who `header.sealer` was at that height; null for genesis. */
  readonly sealer: NodeId | null;
  readonly transactionCount: number;
  /** Bytes of the encoded block. */
  readonly size: number;
}

export interface BlockRecord extends HeadRecord {
  /** Null for genesis. */
  readonly certificate: CommitCertificate | null;
  /** Sealers in force at this height, in index order. */
  readonly sealers: readonly NodeId[];
  /** Transaction hashes one after the other, 32 bytes each, in block order. */
  readonly txHashes: Uint8Array;
  /** Present when asked for: raw transactions in block order and their senders, 20 bytes each. */
  readonly body: { readonly transactions: readonly Uint8Array[]; readonly senders: Uint8Array } | null;
}

/** Where a transaction sits in the chain. */
export interface TransactionPlace {
  readonly blockHash: Hash;
  readonly blockNumber: Height;
  /** Milliseconds since the epoch. */
  readonly blockTimestamp: number;
  readonly index: number;
}

export interface TransactionRecord {
  readonly raw: Uint8Array;
  readonly hash: Hash;
  readonly sender: Address;
  /** Null while it waits in the pool. */
  readonly place: TransactionPlace | null;
}

export interface ReceiptRecord {
  readonly receipt: Receipt;
  readonly transaction: TransactionRecord & { readonly place: TransactionPlace };
  /** Index in the block of this receipt's first log. */
  readonly firstLogIndex: number;
}

export interface LogRecord extends Log {
  readonly place: TransactionPlace;
  readonly transactionHash: Hash;
  /** Index in the block. */
  readonly logIndex: number;
}

/** Logs of a range of blocks, both ends included, or of one block given twice. */
export interface LogFilter extends LogCriteria {
  readonly from: BlockRef;
  readonly to: BlockRef;
}

/** How much one search may take; what does not fit is left for the next. */
export interface LogLimits {
  readonly maxBlocks: number;
  readonly maxLogs: number;
  /** Bytes of data and topics, and 256 for each log; one log is found whatever its size. */
  readonly maxBytes: number;
}

/** A log's place in the chain. */
export interface LogPosition {
  readonly block: Height;
  /** Index in the block. */
  readonly logIndex: number;
}

/** The logs that fit the limits, in block order. */
export interface LogPage {
  readonly logs: readonly LogRecord[];
  /** Where the search goes on; null when it is complete. */
  readonly next: LogPosition | null;
}

export interface CallRequest {
  /** Null = the zero address. */
  readonly from: Address | null;
  /** Null = creation. */
  readonly to: Address | null;
  readonly value: bigint;
  readonly data: Uint8Array;
  /** Null = as much as the limits allow. */
  readonly gas: bigint | null;
  /** What a unit of gas may cost at most. */
  readonly gasPrice: bigint;
  /** What a unit of gas pays: the tip where the two differ, since there is no base fee. */
  readonly priorityFee: bigint;
  readonly accessList: readonly AccessListItem[];
  /** Of the transaction to be estimated; null = the account's. */
  readonly nonce: bigint | null;
}

export interface CallLimits {
  readonly maxGas: bigint;
  readonly timeoutMs: number;
}

/** What a call did; `status` is a receipt status (0 = success), `output` its return or revert data. */
export interface CallOutcome {
  readonly blockNumber: Height;
  readonly status: number;
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
}

/** `gas` is meaningful only when `status` is 0; otherwise the call fails with any gas and `output` says why. */
export interface EstimateOutcome {
  readonly status: number;
  readonly gas: bigint;
  readonly output: Uint8Array;
}

/** `code` is the pool's refusal code (for example NONCE_TOO_LOW), NOT_A_MEMBER or HALTED. */
export type SubmitOutcome =
  | { readonly ok: true; readonly hash: Hash }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      /** The numeric code that clients of the 2.x line know; null where there is none. */
      readonly fiscoStatus: number | null;
    };

/**
 * What became of an accepted transaction: its receipt can be read; it is in the pool and can run, or is queued there
 * behind a missing nonce, or is left there by a group that has halted; or neither.
 */
export type TransactionFate = "durable" | "waiting" | "queued" | "halted" | "dropped";

export interface PoolStatus {
  /** Ready to be sealed. */
  readonly pending: number;
  /** Held back behind a nonce gap. */
  readonly queued: number;
  readonly bytes: number;
}

export interface PeerSyncStatus {
  readonly nodeId: NodeId;
  readonly height: Height;
  readonly hash: Hash;
}

export interface SyncStatus {
  /** The head may be older than the group's: blocks are missing, or this node cannot know. */
  readonly syncing: boolean;
  /** Height where the current catch-up began; the head's when not syncing. */
  readonly startedAt: Height;
  readonly knownHighest: Height;
  readonly knownHighestHash: Hash;
  readonly peers: readonly PeerSyncStatus[];
}

/** Why a node cannot serve its group now. */
export interface NotReadyReason {
  readonly code: "HALTED" | "NOT_A_MEMBER" | "QUORUM_UNREACHABLE" | "SYNCING" | "NO_PROGRESS";
  /** One sentence for the operator. */
  readonly message: string;
}

/** One look at a group, for status methods, consoles and health. */
export interface GroupStatus {
  readonly nodeId: NodeId;
  readonly head: HeadRecord;
  /** In force for head + 1. */
  readonly members: Members;
  readonly engine: EngineStatus;
  readonly sync: SyncStatus;
  readonly pool: PoolStatus;
  /** Members connected now, sorted. */
  readonly connected: readonly NodeId[];
  /** Empty when the node can serve the group. */
  readonly notReady: readonly NotReadyReason[];
}

export interface TransactionTotals {
  readonly blockNumber: Height;
  readonly transactions: number;
  readonly failed: number;
}

/**
 * The read and submit side of one group, as the server sees it. A read that may be large takes `maxBytes` and answers
 * LIMIT_EXCEEDED with the bytes it needs before it builds anything. Counted are the bytes of raw transactions, log data,
 * topics and output; besides, 512 for a transaction, 1024 for a receipt, 256 for a log, and 34 for a hash in a list.
 */
export interface GroupQuery {
  status(): Promise<GroupStatus>;
  head(): Promise<HeadRecord>;
  /** Null when there is no such block. `withBody` asks for raw transactions and senders. */
  block(ref: BlockRef, withBody: boolean, maxBytes: number): Promise<QueryResult<BlockRecord | null>>;
  /** `count` consecutive headers ending with `newest`, oldest first, fewer at the start of the chain. */
  headers(newest: BlockRef, count: number): Promise<QueryResult<readonly HeadRecord[]>>;
  /** All receipts of a block in order; null when there is no such block. */
  receipts(ref: BlockRef, maxBytes: number): Promise<QueryResult<readonly ReceiptRecord[] | null>>;
  /** Committed or waiting in this node's pool. */
  transaction(hash: Hash, maxBytes: number): Promise<QueryResult<TransactionRecord | null>>;
  transactionAt(ref: BlockRef, index: number, maxBytes: number): Promise<QueryResult<TransactionRecord | null>>;
  /** Null until the transaction is committed. */
  receipt(hash: Hash, maxBytes: number): Promise<QueryResult<ReceiptRecord | null>>;
  /** One outcome per input, in order. Accepted = in this node's pool. */
  submit(raws: readonly Uint8Array[]): Promise<readonly SubmitOutcome[]>;
  /** One fate per hash, in order. */
  fates(hashes: readonly Hash[]): Promise<readonly TransactionFate[]>;
  /** @param signal ends the call: nobody waits for it any more */
  call(request: CallRequest, at: BlockRef, limits: CallLimits, signal: AbortSignal): Promise<QueryResult<CallOutcome>>;
  /** Of a transaction in the block after `at`. */
  estimateGas(
    request: CallRequest,
    at: BlockRef,
    limits: CallLimits,
    signal: AbortSignal,
  ): Promise<QueryResult<EstimateOutcome>>;
  balance(address: Address, at: BlockRef): Promise<QueryResult<bigint>>;
  /** `pending` counts the transactions of this sender that wait in the pool. */
  nonce(address: Address, at: BlockRef | "pending"): Promise<QueryResult<bigint>>;
  code(address: Address, at: BlockRef): Promise<QueryResult<Uint8Array>>;
  /** 32 bytes; zero for an unset slot. */
  storageAt(address: Address, slot: Hash, at: BlockRef): Promise<QueryResult<Uint8Array>>;
  proof(address: Address, slots: readonly Hash[], at: BlockRef): Promise<QueryResult<AccountProof>>;
  /** @param start where an earlier search over the same filter ended; null = at its beginning */
  logs(filter: LogFilter, limits: LogLimits, start: LogPosition | null): Promise<QueryResult<LogPage>>;
  totals(): Promise<TransactionTotals>;
  /** The value in force for head + 1 and the height it took effect; null for an unknown key. */
  systemConfig(key: string): Promise<{ readonly value: string; readonly enabledAt: Height } | null>;
  /** Switches `pending` events on or off; they are off at first. */
  watchPending(on: boolean): Promise<void>;
}

/** Facts pushed to the server. Heads of one group come in order, each height once. */
export type GroupEvent =
  | { readonly type: "head"; readonly groupId: GroupId; readonly head: HeadRecord }
  /** Transactions that entered the pool; hashes of 32 bytes one after the other. */
  | { readonly type: "pending"; readonly groupId: GroupId; readonly hashes: Uint8Array }
  /** The group takes no further part on this node; reads go on. */
  | { readonly type: "halted"; readonly groupId: GroupId }
  /** The group is no longer served. */
  | { readonly type: "stopped"; readonly groupId: GroupId };

export interface GroupHandle {
  readonly info: GroupInfo;
  readonly query: GroupQuery;
}

export interface NodePeer {
  readonly nodeId: NodeId;
  /** Remote address as host:port. */
  readonly address: string;
  readonly agency: string;
}

export interface NodeInfo {
  readonly nodeId: NodeId;
  readonly name: string;
  readonly agency: string;
  /** Address others reach this node at, host:port. */
  readonly p2pAddress: string;
  readonly chainId: number;
  /** Connected and admitted peers, whatever their groups. */
  readonly peers: readonly NodePeer[];
}

/** The groups this node serves. `list` and `get` are kept up to date by the host and cost no hop. */
export interface GroupDirectory {
  /** In ascending order of id. */
  list(): readonly GroupHandle[];
  get(groupId: number): GroupHandle | undefined;
  node(): Promise<NodeInfo>;
  /** Returns the function that ends the subscription. */
  onEvent(listener: (event: GroupEvent) => void): () => void;
}
