import type { CryptoSuite, Evm, EvmBlock, EvmFork, EvmHost, EvmLimits, EvmMessage, EvmResult } from "@fb/types";
import type { ReferenceEngine } from "./engine.ts";

/** Idle engines kept per fork and chain id; more concurrent calls than that build engines of their own. */
const MAX_IDLE = 4;
const NO_LIMITS: EvmLimits = {};

/**
 * The reference engine: @ethereumjs/evm over a journaled in-memory state. Exact and slow (about 300 us for a token
 * transfer); the oracle of the fast engine. The library (35 MB) is loaded by
 * this call and not by importing the module. `execute` always returns a promise; it rejects with
 * {@link ReferenceEvmErrorCode} and with whatever the view's `load` rejects with. `suite` hashes for KECCAK256 and code.
 */
export async function createReferenceEvm(suite: CryptoSuite): Promise<Evm> {
  const { ReferenceEngine: Engine } = await import("./engine.ts");
  const idle = new Map<string, ReferenceEngine[]>();
  const idleFor = (fork: EvmFork, block: EvmBlock): ReferenceEngine[] => {
    const key = `${fork}/${block.chainId}`;
    const engines = idle.get(key) ?? [];
    idle.set(key, engines);
    return engines;
  };
  return {
    name: "reference",
    async execute(message: EvmMessage, host: EvmHost, limits: EvmLimits = NO_LIMITS): Promise<EvmResult> {
      const engines = idleFor(host.fork, host.block);
      const engine = engines.pop() ?? new Engine(host.fork, host.block.chainId, suite.hash);
      // An engine that threw is in an unknown state and is dropped.
      const result = await engine.execute(message, host, limits);
      engine.end();
      if (engines.length < MAX_IDLE) engines.push(engine);
      return result;
    },
  };
}
