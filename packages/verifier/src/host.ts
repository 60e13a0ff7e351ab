import type { SystemContracts } from "@fb/precompiled";
import { type EvmBlock, type EvmFork, type EvmHost, type Hash, type Height, ZERO_HASH } from "@fb/types";
import type { BlockState } from "./block-state.ts";
import type { TableOverlay } from "./ports.ts";

/** What transactions and calls of one block run in. */
export interface Surroundings {
  readonly state: BlockState;
  readonly tables: TableOverlay;
  readonly block: EvmBlock;
  readonly fork: EvmFork;
  readonly number: Height;
}

/** The engine's host for the transactions of a block, or for one call, which is none. */
export interface ExecutionHost extends EvmHost {
  /** Objects of system contracts and savepoints belong to this transaction from now on. */
  beginTransaction(hash: Hash): void;
}

/** A mark of the host: one of the tables, and one of the transaction's objects. */
interface Mark {
  readonly tables: number;
  readonly objects: number;
}

/** The engine's host: state, tables and system contracts of one block. */
export function createHost(contracts: SystemContracts, around: Surroundings): ExecutionHost {
  const { state, tables, block, fork, number } = around;
  let objects = contracts.objectsOf(ZERO_HASH);
  const marks: Mark[] = [];
  return {
    view: state,
    block,
    fork,
    beginTransaction(hash) {
      objects = contracts.objectsOf(hash);
      tables.beginTransaction();
      marks.length = 0;
    },
    isSystemContract: (address) => contracts.has(address),
    callSystemContract: (call) => contracts.call(call, { tables, number, objects }),
    async loadTables(loads) {
      await tables.load(loads);
    },
    savepoint() {
      const mark = { tables: tables.savepoint(), objects: objects.savepoint() };
      const last = marks.at(-1);
      if (last?.tables !== mark.tables || last.objects !== mark.objects) marks.push(mark);
      return marks.length - 1;
    },
    revertTo(savepoint) {
      const mark = marks[savepoint]!;
      tables.revertTo(mark.tables);
      objects.revertTo(mark.objects);
      marks.length = savepoint + 1;
    },
  };
}
