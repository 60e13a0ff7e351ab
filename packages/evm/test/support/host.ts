import { plainHost } from "@fb/evm";
import type { EvmBlock, EvmFork, EvmHost, StateView } from "@fb/types";

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

export function testHost(view: StateView, fork: EvmFork, block: EvmBlock = testBlock()): EvmHost {
  return plainHost(view, fork, block);
}
