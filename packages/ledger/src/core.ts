import { type Blockchain, openBlockchain } from "@fb/blockchain";
import type { ThreadLane } from "@fb/runtime";
import { BlockOverlay, createTableCache, type TableCache } from "@fb/storage-amdb";
import { createTxPool, DEFAULT_TX_POOL_OPTIONS, recoverInThread, type TxPool } from "@fb/txpool";
import type { WorldState } from "@fb/types";
import { createVerifier } from "@fb/verifier";
import { BlockExecution } from "./block-execution.ts";
import type { CoreOptions } from "./options.ts";
import type { CoreDeps } from "./ports.ts";
import { poolChain } from "./wiring.ts";
import { createWorld, shareCache } from "./world.ts";

/** What of a group needs neither peers nor consensus. */
export interface Core {
  readonly world: WorldState;
  readonly tables: TableCache;
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly execution: BlockExecution;
}

/** Assembles a group from storage to execution. Throws what opening throws. The backend stays the caller's. */
export async function openCore(
  options: CoreOptions,
  deps: CoreDeps,
  lanes: { readonly clients: ThreadLane; readonly peers: ThreadLane },
): Promise<Core> {
  const { suite, backend, clock, log, metrics } = deps;
  const { genesis } = options;
  const ids = { chainId: genesis.chainId, groupId: genesis.groupId };
  const cache = shareCache(options.cacheBytes);
  const world = await createWorld(genesis.stateType, cache, options.historyBlocks, deps);
  const tables = createTableCache({ backend, maxBytes: cache.tables, metrics });
  const chain = await openBlockchain(
    { genesis, cacheBytes: cache.blocks, ...(options.keepBlocks === 0 ? {} : { keepBlocks: options.keepBlocks }) },
    { backend, suite, world, tables, clock, log, metrics },
  );
  const verifier = createVerifier(ids, {
    suite,
    evm: deps.evm,
    world,
    openTables: (height) => new BlockOverlay(tables, height),
    blockHash: (number) => chain.blockHash(number),
    metrics,
  });
  const pool = createTxPool(
    { ...DEFAULT_TX_POOL_OPTIONS, ...options.pool, ...ids, allowUnprotected: genesis.allowUnprotected === true },
    { chain: poolChain(chain), suite, recover: recoverInThread(suite), lanes, clock, log, metrics },
  );
  return { world, tables, chain, pool, execution: new BlockExecution({ suite, chain, pool, verifier }) };
}
