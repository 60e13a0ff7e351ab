import type { SystemContracts } from "@fb/precompiled";
import type { EvmBlock, EvmFork, EvmHost, Height } from "@fb/types";
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

/** The engine's host: state, tables and system contracts of one block. */
export function createHost(contracts: SystemContracts, { state, tables, block, fork, number }: Surroundings): EvmHost {
  const context = { tables, number };
  return {
    view: state,
    block,
    fork,
    isSystemContract: (address) => contracts.has(address),
    callSystemContract: (call) => contracts.call(call, context),
    async loadTables(loads) {
      await tables.load(loads);
    },
    savepoint: () => tables.savepoint(),
    revertTo: (mark) => tables.revertTo(mark),
  };
}
