import type { Evm, EvmHost, EvmLimits, EvmMessage, EvmResult } from "@fb/types";
import { testHost } from "./host.ts";
import { World } from "./world.ts";

export const CODE_ADDRESS = Uint8Array.from({ length: 20 }, () => 0xcc);

export function callMessage(overrides: Partial<EvmMessage> = {}): EvmMessage {
  return {
    caller: Uint8Array.from({ length: 20 }, () => 0xaa),
    origin: Uint8Array.from({ length: 20 }, () => 0xaa),
    to: CODE_ADDRESS,
    value: 0n,
    data: new Uint8Array(0),
    gas: 10_000_000n,
    gasPrice: 0n,
    blobHashes: [],
    isStatic: false,
    accessList: [],
    ...overrides,
  };
}

export function worldWith(code: Uint8Array): World {
  const world = new World();
  world.put(CODE_ADDRESS, { nonce: 1n, balance: 0n, code }, new Map());
  return world;
}

/** Runs code alone in the world, everything in memory. */
export async function runCode(
  evm: Evm,
  code: Uint8Array,
  overrides: Partial<EvmMessage> = {},
  limits?: EvmLimits,
  host: EvmHost = testHost(worldWith(code).view(), "cancun"),
): Promise<EvmResult> {
  return evm.execute(callMessage(overrides), host, limits);
}
