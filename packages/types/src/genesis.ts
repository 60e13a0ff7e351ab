import type { ConsensusType } from "./contracts/engine.ts";
import type { EvmFork } from "./contracts/evm.ts";
import type { StateType } from "./contracts/state.ts";
import type { Address, GroupId, Hash, NodeId } from "./ids.ts";

export interface GenesisConsensus {
  readonly type: ConsensusType;
  /** Transactions of a block at most, 1..MAX_BLOCK_TRANSACTIONS. */
  readonly maxTransactions: number;
  /** PBFT base time-out in ms. */
  readonly timeoutMs: number;
  /** Raft election time-out, lower bound in ms. */
  readonly minElectMs: number;
  /** Raft election time-out, upper bound in ms. */
  readonly maxElectMs: number;
}

export interface GenesisAccount {
  readonly address: Address;
  /** Below 2^256. */
  readonly balance: bigint;
  readonly nonce?: bigint;
  /** At most {@link MAX_ALLOC_CODE} bytes. */
  readonly code?: Uint8Array;
  /** Sorted by slot, values not zero. */
  readonly slots?: readonly { readonly slot: Hash; readonly value: Hash }[];
}

/**
 * No group may allow a transaction more gas. What an execution needs of memory grows with its gas, some 1.5 bytes each at
 * the worst, and must stay below the 4 GiB of a WebAssembly memory on every node.
 */
export const MAX_TX_GAS = 1_000_000_000;

/** No group transaction may wait for more blocks: replay keys are kept that long. */
export const MAX_REPLAY_WINDOW = 10_000;

/** Code of one account at most, in bytes (EIP-170). */
export const MAX_ALLOC_CODE = 24_576;

/** What the accounts of a genesis may hold together: 64 bytes an account, 64 a slot, and the code. */
export const MAX_ALLOC_BYTES = 16 * 1024 * 1024;

/** What a group starts from (SPEC 11). Lists are sorted ascending and distinct. */
export interface GenesisConfig {
  readonly groupId: GroupId;
  /** Raw chain.id, 1..2^31-1. */
  readonly chainId: number;
  /** Milliseconds since the epoch: the time of block 0. */
  readonly timestamp: number;
  readonly consensus: GenesisConsensus;
  readonly sealers: readonly NodeId[];
  readonly observers: readonly NodeId[];
  readonly stateType: StateType;
  /** Gas of one transaction at most, 21,000..{@link MAX_TX_GAS}. */
  readonly txGasLimit: number;
  /** Gas of one block at most. */
  readonly blockGasLimit: number;
  readonly chargeGas: boolean;
  /** Blocks a group transaction may wait, 1..{@link MAX_REPLAY_WINDOW}. */
  readonly replayWindow: number;
  readonly rulesVersion: number;
  readonly evmFork: EvmFork;
  /** Governance admins; nobody when empty. */
  readonly admins: readonly Address[];
  /** Sorted by address. Together at most {@link MAX_ALLOC_BYTES}. */
  readonly alloc: readonly GenesisAccount[];
  /**
   * Whether Ethereum transactions that are bound to no chain (signed before EIP-155, v 27 or 28) are accepted; false when
   * absent. Whoever has one may send it to any chain that accepts them, so this is for chains without anything to lose.
   */
  readonly allowUnprotected?: boolean;
}
