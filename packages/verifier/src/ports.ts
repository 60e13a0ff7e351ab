import type { SystemTables } from "@fb/precompiled";
import type { Hash, Height, RowOp, StateChanges, StateCommitment, StateView, TableLoad } from "@fb/types";

/** The table writes of one block over its parent's tables: `BlockOverlay` of storage-amdb. */
export interface TableOverlay extends SystemTables {
  /** Afterwards the keys can be peeked for as long as the overlay lives. */
  load(loads: readonly TableLoad[]): Promise<unknown>;
  /** Marks are increasing integers. */
  savepoint(): number;
  revertTo(savepoint: number): void;
  /** Net row operations of the block. */
  batch(): readonly RowOp[];
  /** The part of them that `tablesRoot` commits to, as `writeSetDigest` takes it. */
  consensusWrites(): readonly RowOp[];
}

/**
 * A fresh overlay for block `height`: over `below`, the overlay of its parent, or over the durable tables when null.
 */
export type OpenTablesFn = (height: Height, below: TableOverlay | null) => TableOverlay;

/** The slice of `WorldState` that execution needs. */
export interface ExecutionState {
  view(height: Height): StateView;
  commitment(height: Height, parentRoot: Hash, changes: StateChanges): Promise<StateCommitment>;
}

/** Hash of a durable block of the chain; null when unknown. Synchronous, for the last 256 blocks. */
export type BlockHashFn = (number: Height) => Hash | null;
