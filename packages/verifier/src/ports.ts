import type { SystemTables } from "@fb/precompiled";
import type { MetricsRegister } from "@fb/runtime";
import type {
  CryptoSuite,
  Evm,
  Hash,
  Height,
  RowOp,
  StateChanges,
  StateCommitment,
  StateView,
  TableLoad,
} from "@fb/types";

/** The table writes of one block over its parent's tables. */
export interface TableOverlay extends SystemTables {
  /** Afterwards the keys can be peeked until the next transaction begins. */
  load(loads: readonly TableLoad[]): Promise<unknown>;
  /** Reads from here on belong to another transaction, which may need keys to be loaded again. */
  beginTransaction(): void;
  /** Marks are increasing integers. */
  savepoint(): number;
  revertTo(savepoint: number): void;
  /** Net row operations of the block. */
  batch(): readonly RowOp[];
  /** The part of them that `tablesRoot` commits to, as `writeSetDigest` takes it. */
  consensusWrites(): readonly RowOp[];
}

/** A fresh overlay for block `height` over the tables of the head. */
export type OpenTablesFn = (height: Height) => TableOverlay;

/** The slice of `WorldState` that execution needs. */
export interface ExecutionState {
  view(height: Height): StateView;
  commitment(height: Height, parentRoot: Hash, changes: StateChanges): Promise<StateCommitment>;
}

/** Hash of a durable block of the chain; null when unknown. Synchronous, for the last 256 blocks. */
export type BlockHashFn = (number: Height) => Hash | null;

export interface VerifierDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  readonly world: ExecutionState;
  readonly openTables: OpenTablesFn;
  readonly blockHash: BlockHashFn;
  readonly metrics: MetricsRegister;
}

export interface CallerDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
}
