import type { Address, Hash, Hex } from "../ids.ts";
import type { Log } from "../receipt.ts";
import type { StateChanges, StateView } from "./state.ts";

/** In the order of their coming. */
export const EVM_FORKS = ["shanghai", "cancun", "prague", "osaka"] as const;

/** Rules of the EVM in force; `rules_version` of a group selects one. */
export type EvmFork = (typeof EVM_FORKS)[number];

/** The block as contracts see it (verifier SPEC 1.2). */
export interface EvmBlock {
  readonly number: number;
  /** Seconds. */
  readonly timestamp: number;
  readonly coinbase: Address;
  readonly prevRandao: Hash;
  readonly gasLimit: bigint;
  readonly baseFee: bigint;
  readonly blobBaseFee: bigint;
  readonly chainId: bigint;
  /** Hash of one of the last 256 blocks before `number`; null outside that window. Synchronous. */
  blockHash(number: number): Hash | null;
}

/**
 * One outermost call or creation of a transaction. The caller has already taken intrinsic gas, checked the nonce and
 * debited gas; it has also raised the nonce of `caller` in the view's overlay, so a creation does not touch it again.
 */
export interface EvmMessage {
  readonly caller: Address;
  readonly origin: Address;
  /** Null = creation at `createAddress`. */
  readonly to: Address | null;
  /** Where a creation puts its contract; present exactly when `to` is null. */
  readonly createAddress?: Address;
  readonly value: bigint;
  /** Calldata, or init code of a creation. */
  readonly data: Uint8Array;
  /** Gas after intrinsic gas. */
  readonly gas: bigint;
  readonly gasPrice: bigint;
  readonly blobHashes: readonly Hash[];
  readonly isStatic: boolean;
  /** EIP-2930 list; origin, target, coinbase (EIP-3651), precompiles and system contracts are warm without being named. */
  readonly accessList: readonly { readonly address: Address; readonly slots: readonly Hash[] }[];
}

export type EvmErrorCode =
  | "REVERT"
  | "OUT_OF_GAS"
  | "INVALID_OPCODE"
  | "INVALID_JUMP"
  | "STACK_UNDERFLOW"
  | "STACK_OVERFLOW"
  | "STATIC_VIOLATION"
  | "RETURN_DATA_OUT_OF_BOUNDS"
  | "INSUFFICIENT_BALANCE"
  | "CALL_DEPTH"
  | "CREATE_COLLISION"
  | "NONCE_OVERFLOW"
  | "CODE_SIZE_LIMIT"
  | "INIT_CODE_SIZE_LIMIT"
  | "INVALID_CODE_PREFIX"
  | "CODE_STORE_OUT_OF_GAS"
  | "PRECOMPILE_FAILED";

/**
 * What an execution did. On an error other than none, `changes` and `logs` are empty. `changes` are net: an account or
 * slot is listed only if its final value differs from the one in the view, an account that is empty at the end
 * (EIP-161) is deleted, and a deletion reads `{account: null, clearStorage: true, slots: empty}`. Both engines must give
 * the same changes: the roots of a block are made of them.
 */
export interface EvmResult {
  /** Null = success. REVERT keeps the unused gas, every other error consumes all. */
  readonly error: EvmErrorCode | null;
  /** Gas used of `message.gas`, before refunds. */
  readonly gasUsed: bigint;
  /** Refund counter (never negative at the end), not yet capped at a fifth (EIP-3529). */
  readonly refund: bigint;
  /** Return or revert data; the deployed code of a creation is in `changes`, not here. */
  readonly output: Uint8Array;
  readonly logs: readonly Log[];
  readonly changes: StateChanges;
}

/** A call that reached a system contract. */
export interface PrecompileCall {
  readonly address: Address;
  readonly caller: Address;
  readonly origin: Address;
  /** Bytes of input, to be paid for before it is looked at. */
  readonly inputSize: number;
  /** Copied when it is looked at first, which must be before the generator ends. */
  readonly input: Uint8Array;
  readonly value: bigint;
  readonly gas: bigint;
  readonly isStatic: boolean;
  /** True when reached by DELEGATECALL or CALLCODE, which system contracts refuse. */
  readonly isDelegated: boolean;
}

export interface PrecompileOutcome {
  readonly error: "REVERT" | "OUT_OF_GAS" | "PRECOMPILE_FAILED" | null;
  readonly gasUsed: bigint;
  readonly output: Uint8Array;
  readonly logs: readonly Log[];
}

/** A row key a system contract needs before it can go on. */
export interface TableLoad {
  readonly table: string;
  readonly key: Uint8Array;
  /** What it can pay for; absent = whatever there is. A key with more is not loaded, and costs little more than this. */
  readonly most?: LoadBound;
}

/** Rows under a key, and bytes of their fields together. */
export interface LoadBound {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * What the engine asks its surroundings for. System contracts are generators that yield the rows they miss; the host
 * loads them. Tables and EVM state share one savepoint stack: the engine takes a savepoint before each frame that may
 * write and reverts the host to it when that frame fails, before it goes on.
 */
export interface EvmHost {
  readonly view: StateView;
  readonly block: EvmBlock;
  readonly fork: EvmFork;
  /**
   * Whether a system contract lives here; the same for as long as an execution runs. Contracts see a live account there whose code is the single byte fe
   * (EXTCODESIZE 1, EXTCODEHASH of that byte, no new-account gas); its balance and nonce are those of the view. At an address
   * that begins with 17 zero bytes it is warm from the beginning; any other costs the price of a cold account first (EIP-2929).
   */
  isSystemContract(address: Hex): boolean;
  /** An outcome other than REVERT costs all the gas of the call; a frame whose outcome is an error is undone. */
  callSystemContract(call: PrecompileCall): Generator<readonly TableLoad[], PrecompileOutcome, void>;
  /** Loads rows a generator yielded. */
  loadTables(loads: readonly TableLoad[]): Promise<void>;
  /** Marks the host's tables; marks are increasing integers. */
  savepoint(): number;
  /** Undoes host-side writes made after the mark. */
  revertTo(savepoint: number): void;
}

/** Bounds of a read-only call; a transaction is bounded by its gas alone. */
export interface EvmLimits {
  /**
   * Memory of all live frames together in bytes; a call that needs more rejects with CALL_MEMORY_EXCEEDED. An engine may
   * reject so, too, when the rest of what it must remember of the call takes a multiple of it.
   */
  readonly memoryBytes?: number;
  /**
   * Gas of a single precompile call, which no signal interrupts. An engine that knows the price in advance rejects a dearer
   * one with CALL_PRECOMPILE_EXCEEDED.
   */
  readonly precompileGas?: number;
  /** Aborts a call from outside; rejects with CALL_ABORTED. */
  readonly signal?: AbortSignal;
  /**
   * Awaited whenever the call has worked for some milliseconds; it goes on when the promise resolves, and rejects with
   * what that rejects with. Without it a call that has a signal gives the event loop a turn.
   */
  readonly pause?: () => Promise<void>;
  /** Nobody looks at the logs: an engine may leave them out of the result, where they can take many times their gas's worth. */
  readonly withoutLogs?: boolean;
}

/**
 * An engine. `execute` returns the result at once when everything needed was in memory, a promise otherwise. It writes
 * nothing: the caller merges `changes` into its overlay. Concurrent calls do not disturb each other.
 */
export interface Evm {
  readonly name: string;
  execute(message: EvmMessage, host: EvmHost, limits?: EvmLimits): EvmResult | Promise<EvmResult>;
}
