import type { Address, Hash, Height, Hex } from "../ids.ts";
import type { RowOp } from "./storage.ts";

export const STATE_TYPES = ["storage", "mpt"] as const;
export type StateType = (typeof STATE_TYPES)[number];

/** An account without its slots. An absent account is `null`, never an empty object. */
export interface Account {
  readonly nonce: bigint;
  readonly balance: bigint;
  /** keccak256 of the code; keccak256 of nothing for an account without code. */
  readonly codeHash: Hash;
}

/** Something a synchronous read did not find in memory. Addresses, slots and hashes are hex map keys. */
export type StateMiss =
  | { readonly type: "account"; readonly address: Hex }
  | { readonly type: "slot"; readonly address: Hex; readonly slot: Hex }
  | { readonly type: "code"; readonly codeHash: Hex };

/**
 * The state after block `height`. It stays exact while later blocks commit; a height no longer kept makes `load` reject
 * with STATE_NOT_KEPT. Synchronous reads never do I/O: `undefined` means "not in memory, load it", everything else is
 * the answer. After `load(misses)` resolves, peeking the same items answers, at least until the next `load` on this view.
 */
export interface StateView {
  readonly height: Height;
  /** Null = the account does not exist. */
  peekAccount(address: Hex): Account | null | undefined;
  /** 32 bytes; all zero for an absent slot. `slot` is 64 hex digits. The answer must not be modified. */
  peekSlot(address: Hex, slot: Hex): Uint8Array | undefined;
  /** The code of a hash that some account carries; empty for the empty code hash. */
  peekCode(codeHash: Hex): Uint8Array | undefined;
  load(misses: readonly StateMiss[]): Promise<void>;
}

/**
 * What one transaction, or one block, did to accounts: last values only, no order. `account: null` deletes the account
 * with all its slots. `clearStorage` means that every earlier slot is gone before `slots` apply (EIP-6780 creation and
 * destruction in one transaction, creation over a deleted account).
 */
export interface AccountChange {
  readonly account: Account | null;
  readonly clearStorage: boolean;
  /** Slot hex (64 digits) to 32-byte value; zero removes the slot. */
  readonly slots: ReadonlyMap<Hex, Uint8Array>;
  /** Present when this account's code was set. */
  readonly code?: Uint8Array;
}

/** Address hex (40 digits) to its change. */
export type StateChanges = ReadonlyMap<Hex, AccountChange>;

/** The new root and what makes it durable. */
export interface StateCommitment {
  readonly root: Hash;
  readonly batch: readonly RowOp[];
}

export interface AccountProof {
  readonly address: Address;
  readonly account: Account | null;
  readonly storageHash: Hash;
  /** RLP nodes from the root down. */
  readonly accountProof: readonly Uint8Array[];
  readonly storageProof: readonly {
    readonly slot: Hash;
    readonly value: Uint8Array;
    readonly proof: readonly Uint8Array[];
  }[];
}

/** A world state of one group. State never writes: it contributes row operations to the block's single batch. */
export interface WorldState {
  readonly type: StateType;
  /** The root of an empty state, before genesis. */
  readonly emptyRoot: Hash;
  view(height: Height): StateView;
  /** Lowest height whose state can be read; what is below answers STATE_NOT_KEPT. */
  lowest(): Height;
  /**
   * Root and rows of block `height` whose parent has `parentRoot`, from that block's net changes. Pure: it may read, it
   * never writes, and it may be called for several candidates of the same height.
   */
  commitment(height: Height, parentRoot: Hash, changes: StateChanges): Promise<StateCommitment>;
  /** Tells the state that a commitment's batch is durable and `changes` are now the head, so that caches can follow. */
  committed(height: Height, commitment: StateCommitment, changes: StateChanges): void;
  /** Only state-mpt answers; state-storage rejects with PROOF_UNSUPPORTED. */
  proof(height: Height, address: Address, slots: readonly Hash[]): Promise<AccountProof>;
}
