import {
  createConsensusEngine,
  type EngineDeps,
  type EngineOptions,
  type JournalFiles,
  requireRange,
} from "@fb/consensus";
import { BLOCK_LIMITS, type Block, type ConsensusEngine, fromHex } from "@fb/types";
import { createRaftCodec, voteDigest } from "./codec.ts";
import type { RaftHeading, RaftMsg, RaftRecord } from "./core/messages.ts";
import { createRaft } from "./core/raft.ts";

export interface RaftOptions extends EngineOptions {
  /**
   * A node that has heard no leader for a time drawn from [minElectMs, maxElectMs] campaigns. An idle leader speaks four
   * times in minElectMs. ms, 200..60000, minElectMs <= maxElectMs, default 1000 and 2000.
   */
  readonly minElectMs?: number;
  readonly maxElectMs?: number;
  /**
   * A leader whose journal, execution or commit takes longer lets others lead, and does not campaign while it lasts.
   * ms, 1000..600000, default 20000.
   */
  readonly maxStallMs?: number;
  /** Where the draw starts; must differ between the nodes of a group. Default: from the node id. Integer from 0. */
  readonly electionSeed?: number;
}

const TICK_MS = 50;

/**
 * Raft for one group: the pure machine inside the driver of `@fb/consensus`. Throws BAD_OPTION.
 *
 * @param files replaces the journal's file system in tests.
 */
export function createRaftEngine(options: RaftOptions, deps: EngineDeps, files?: JournalFiles): ConsensusEngine {
  const minElectMs = options.minElectMs ?? 1000;
  const maxElectMs = options.maxElectMs ?? Math.max(2000, 2 * minElectMs);
  const { suite, chain, signer } = deps;
  const electionSeed = options.electionSeed ?? new DataView(fromHex(signer.self)!.slice(0, 4).buffer).getUint32(0);
  requireRange("minElectMs", minElectMs, 200, 60_000);
  requireRange("maxElectMs", maxElectMs, minElectMs, 120_000);
  const maxStallMs = options.maxStallMs ?? 20_000;
  requireRange("maxStallMs", maxStallMs, 1000, 600_000);
  requireRange("electionSeed", electionSeed, 0, Number.MAX_SAFE_INTEGER);
  const codec = createRaftCodec(suite, chain.genesisHash, BLOCK_LIMITS);
  return createConsensusEngine<RaftMsg<Block>, RaftRecord<Block>, RaftHeading>(
    options,
    deps,
    {
      type: "raft",
      tickMs: TICK_MS,
      codec,
      roundOf: (msg) => ("term" in msg ? msg.term : null),
      createMachine: (image) =>
        createRaft(
          {
            self: signer.self,
            seed: electionSeed,
            minElectTicks: Math.round(minElectMs / TICK_MS),
            maxElectTicks: Math.round(maxElectMs / TICK_MS),
            stallTicks: Math.round(maxStallMs / TICK_MS),
            heartbeatTicks: Math.max(1, Math.floor(minElectMs / 4 / TICK_MS)),
            verifyVote: (node, vote, signature) => {
              const publicKey = fromHex(node);
              return (
                publicKey !== null && suite.verify(voteDigest(suite, chain.genesisHash, vote), signature, publicKey)
              );
            },
          },
          image,
        ),
    },
    files,
  );
}
