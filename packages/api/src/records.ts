import type { Address, BlockHeader, CommitCertificate, Hash, Height, Log, NodeId, Receipt } from "@fb/types";

/** A block: height, 32-byte hash, or the head. There is no fork choice, so safe and finalized are the head too. */
export type BlockRef = Height | Hash | "latest";

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
