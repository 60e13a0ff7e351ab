import { createKeySigner, type EngineDeps } from "@fb/consensus";
import { createPbftEngine } from "@fb/pbft";
import { createRaftEngine } from "@fb/raft";
import { createThreadShare, secureRng } from "@fb/runtime";
import { createSync, DEFAULT_SYNC_OPTIONS } from "@fb/sync";
import { type ConsensusEngine, FbError, type GenesisConfig, MAX_BLOCK_MESSAGE_BYTES } from "@fb/types";
import { ChainSource } from "./calls/chain-source.ts";
import { CallDesk } from "./calls/desk.ts";
import { createCallRunner } from "./calls/runner.ts";
import { openCore } from "./core.ts";
import type { LedgerErrorCode } from "./errors.ts";
import { Group } from "./group.ts";
import { GroupHealth } from "./health/group-health.ts";
import type { GroupOptions } from "./options.ts";
import type { GroupDeps } from "./ports.ts";
import { chainPort, poolPort } from "./wiring.ts";

/** Highest `rules_version` this program can run. */
const RULES_VERSION = 1;

/** Rounds without a block after which a group with work makes no progress. */
const STALL_ROUNDS = 5;

/** What is done for clients and members in one go, so that consensus waits no longer for it. */
const SLICE_MS = 5;

/**
 * Assembles one group from the bottom up: storage, state, chain, execution, pool, sync, engine. Nothing moves before
 * `start()`. Throws what opening throws: GENESIS_MISMATCH, STORE_CORRUPT, BAD_OPTION and the like, or CHANNEL_TOO_NARROW;
 * storage and channel are closed then.
 */
export async function createGroup(options: GroupOptions, deps: GroupDeps): Promise<Group> {
  try {
    return await assemble(options, deps);
  } catch (error) {
    await Promise.allSettled([deps.channel.close(), deps.backend.close()]);
    throw error;
  }
}

async function assemble(options: GroupOptions, deps: GroupDeps): Promise<Group> {
  const { suite, backend, channel, clock, log, metrics } = deps;
  const { genesis } = options;
  const ids = { chainId: genesis.chainId, groupId: genesis.groupId };
  requireRoomForBlocks(channel.maxPayloadBytes);

  const [clients, peers, reads] = createThreadShare({ sliceMs: SLICE_MS, lanes: 3 });
  const { world, tables, chain, pool, execution } = await openCore(options, deps, {
    clients: clients!,
    peers: peers!,
  });
  const source = new ChainSource({ chain, tables, clock });
  const calls = deps.createCalls?.(source) ?? createCallRunner(ids, { suite, evm: deps.evm, source, clock });
  const batches = Math.max(1, Math.floor(options.sync.maxBytes / DEFAULT_SYNC_OPTIONS.batchBytes));
  const sync = createSync(
    {
      ...DEFAULT_SYNC_OPTIONS,
      consensus: genesis.consensus.type,
      rulesVersion: RULES_VERSION,
      statusBeatMs: options.sync.statusBeatMs,
      maxBatches: Math.min(batches, 64),
      maxBytes: options.sync.maxBytes,
    },
    {
      suite,
      channel,
      chain,
      pool,
      importBlock: async (block, certificate) => {
        await engine.keptUp();
        return execution.importBlock(block, certificate);
      },
      clock,
      rng: secureRng,
      lane: peers!,
      log,
      metrics,
      onHalt: ({ code, message }) => deps.onFact({ type: "halted", code, message }),
    },
  );

  const engine = createEngine(options, {
    chain: chainPort(chain),
    execution,
    pool: poolPort(pool),
    sync,
    channel,
    signer: createKeySigner(suite, channel.self, deps.privateKey),
    suite,
    ...(deps.keys === undefined ? {} : { keys: deps.keys }),
    clock,
    log,
    metrics,
    onHalt: ({ code, message }) => deps.onFact({ type: "halted", code, message }),
  });
  const health = new GroupHealth({
    consensus: genesis.consensus.type,
    stallLimitMs: stallLimitMs(genesis.consensus),
    chain,
    pool,
    sync,
    engine,
    channel,
    ...(deps.storageTrouble === undefined ? {} : { storageTrouble: deps.storageTrouble }),
    clock,
    log,
    metrics,
  });
  return new Group({
    self: channel.self,
    backend,
    world,
    chain,
    pool,
    calls,
    desk: new CallDesk(clock, metrics),
    reads: reads!,
    sync,
    engine,
    channel,
    health,
    clock,
    log,
    onFact: deps.onFact,
    info: {
      ...ids,
      genesisHash: chain.genesisHash,
      consensus: genesis.consensus.type,
      state: genesis.stateType,
      chargeGas: genesis.chargeGas,
    },
  });
}

function requireRoomForBlocks(maxPayloadBytes: number): void {
  const needed = MAX_BLOCK_MESSAGE_BYTES;
  if (maxPayloadBytes >= needed) return;
  const message = `the channel carries ${maxPayloadBytes} bytes in a message, blocks need ${needed}`;
  throw new FbError<LedgerErrorCode>("CHANNEL_TOO_NARROW", message, { maxPayloadBytes, needed });
}

/** As long as several leaders in a row may take to fail. */
function stallLimitMs({ type, timeoutMs, maxElectMs }: GenesisConfig["consensus"]): number {
  return STALL_ROUNDS * (type === "pbft" ? timeoutMs : maxElectMs);
}

function createEngine(options: GroupOptions, deps: EngineDeps): ConsensusEngine {
  const { type, minElectMs, maxElectMs } = options.genesis.consensus;
  const common = {
    journalDir: options.journalDir,
    minBlockIntervalMs: options.minBlockIntervalMs,
    settleBlocks: options.settleBlocks,
    settleIntervalMs: options.settleIntervalMs,
    emptyBlockIntervalMs: options.emptyBlockIntervalMs,
    voteWithoutJournal: options.voteWithoutJournal,
  };
  return type === "pbft"
    ? createPbftEngine(common, deps)
    : createRaftEngine({ ...common, minElectMs, maxElectMs }, deps);
}
