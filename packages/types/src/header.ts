import type { Hash, Height, NodeId, SealerIndex } from "./ids.ts";

/** What is hashed of a block: `keccak256(rlp(header))` in this field order (SPEC 2.1, 2.3). */
export interface BlockHeader {
  readonly parentHash: Hash;
  readonly number: Height;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly stateRoot: Hash;
  readonly tablesRoot: Hash;
  readonly txRoot: Hash;
  readonly receiptRoot: Hash;
  /** Commits to the {@link Members} in force from number + 1. */
  readonly membersHash: Hash;
  /** 256 bytes. */
  readonly logsBloom: Uint8Array;
  readonly gasLimit: number;
  readonly gasUsed: number;
  readonly sealer: SealerIndex;
  readonly extraData: Uint8Array;
}

/** Both lists sorted ascending by node id, disjoint. */
export interface Members {
  readonly sealers: readonly NodeId[];
  readonly observers: readonly NodeId[];
}

/** A header with its hash, as everything above storage passes it around. */
export interface HeadInfo {
  readonly hash: Hash;
  readonly header: BlockHeader;
}

/**
 * A proposal or committed block. In a proposal the execution fields (stateRoot, tablesRoot, receiptRoot, membersHash,
 * logsBloom, gasUsed) are zero; its hash is the proposal id.
 */
export interface Block {
  readonly header: BlockHeader;
  /** Raw signed transactions in execution order. */
  readonly transactions: readonly Uint8Array[];
}

export interface SealerSignature {
  readonly sealer: SealerIndex;
  /** 65 bytes over `commitDigest`. */
  readonly signature: Uint8Array;
}

/** Who signed what for a height; stored beside the block, never inside its hash. Ascending distinct sealers. */
export interface CommitCertificate {
  /** PBFT view or Raft term of the entry. */
  readonly round: number;
  readonly signatures: readonly SealerSignature[];
}
