import type { EvmBlock, EvmFork, EvmHost, StateView } from "@fb/types";
import { EvmEngineError } from "./errors.ts";

const BLOCK: EvmBlock = {
  number: 1,
  timestamp: 0,
  coinbase: new Uint8Array(20),
  prevRandao: new Uint8Array(32),
  gasLimit: 30_000_000n,
  baseFee: 0n,
  blobBaseFee: 1n,
  chainId: 1n,
  blockHash: () => null,
};

/** A host without system contracts over a view; fields of `block` that are left out are those of a bare first block. */
export function plainHost(view: StateView, fork: EvmFork, block: Partial<EvmBlock> = {}): EvmHost {
  return {
    view,
    fork,
    block: { ...BLOCK, ...block },
    isSystemContract: () => false,
    // biome-ignore lint/correctness/useYield: never called, there are no system contracts.
    *callSystemContract() {
      throw new EvmEngineError("NO_SYSTEM_CONTRACTS", "a plain host has no system contracts");
    },
    loadTables: async () => undefined,
    savepoint: () => 0,
    revertTo: () => undefined,
  };
}
