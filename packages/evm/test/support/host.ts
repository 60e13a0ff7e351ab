import { type Address, type EvmBlock, type EvmFork, type EvmHost, FbError, type StateView, ZERO_HASH } from "@fb/types";

export const NO_ADDRESS: Address = new Uint8Array(20);

export function testBlock(overrides: Partial<EvmBlock> = {}): EvmBlock {
  return {
    number: 1000,
    timestamp: 1_700_000_000,
    coinbase: Uint8Array.from({ length: 20 }, () => 0xc0),
    prevRandao: Uint8Array.from({ length: 32 }, (_, i) => i),
    gasLimit: 30_000_000n,
    baseFee: 7n,
    blobBaseFee: 1n,
    chainId: 1n,
    blockHash: (number) => Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? number & 255 : 1)),
    ...overrides,
  };
}

/** A host without system contracts. */
export function testHost(view: StateView, fork: EvmFork, block: EvmBlock = testBlock()): EvmHost {
  return {
    view,
    fork,
    block,
    isSystemContract: () => false,
    // biome-ignore lint/correctness/useYield: there is nothing to load.
    *callSystemContract() {
      throw new FbError("UNREACHABLE", "this host has no system contracts");
    },
    loadTables: async () => undefined,
    savepoint: () => 0,
    revertTo: () => undefined,
  };
}

export { ZERO_HASH };
