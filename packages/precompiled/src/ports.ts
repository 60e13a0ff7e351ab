import type { BlockOverlay } from "@fb/storage-amdb";
import type { Hash, Height, Hex, PrecompileCall, PrecompileOutcome, TableLoad } from "@fb/types";
import type { SystemObjects } from "./tables/objects.ts";

/** The block's tables as system contracts use them: reads and writes are synchronous, keys are loaded by the host. */
export type SystemTables = Pick<
  BlockOverlay,
  "peek" | "room" | "claim" | "schema" | "select" | "insert" | "update" | "remove"
>;

/** What a call may see besides its input. */
export interface SystemCallContext {
  readonly tables: SystemTables;
  /** Height of the block being executed; of a call, the height whose state it reads. */
  readonly number: Height;
  /** Of the transaction or call that makes this one. */
  readonly objects: SystemObjects;
}

/** The system contracts of a group: what `EvmHost.isSystemContract` and `callSystemContract` delegate to. */
export interface SystemContracts {
  /** Addresses of those that are always there, as 40 hex digits, ascending. */
  readonly addresses: readonly Hex[];
  /** Whether a call of this address comes here. The same at all times, also for the address of an object. */
  has(address: Hex): boolean;
  /** No objects yet. `txHash` is the transaction's, or zeros for a call. */
  objectsOf(txHash: Hash): SystemObjects;
  /**
   * Runs a call. Yields the keys it misses and goes on once they were loaded; one that holds more than the call can pay for
   * (`most`) cannot be peeked then, and ends the call OUT_OF_GAS. No input makes it throw; storage that breaks its own
   * rules does, and that halts the group.
   */
  call(call: PrecompileCall, context: SystemCallContext): Generator<readonly TableLoad[], PrecompileOutcome, void>;
}
