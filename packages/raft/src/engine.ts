import { createConsensusEngine, type EngineDeps, type JournalFiles } from "@fb/consensus";
import { BLOCK_LIMITS, type Block, type ConsensusEngine, fromHex } from "@fb/types";
import { createRaftCodec } from "./codec.ts";
import type { RaftConfig } from "./core/config.ts";
import type { RaftHeading, RaftMsg, RaftRecord } from "./core/messages.ts";
import { createRaft } from "./core/raft.ts";
import { voteDigest } from "./digests.ts";
import { checkRaftOptions, type RaftOptions } from "./options.ts";

const TICK_MS = 50;

/**
 * Raft for one group: the pure machine inside the driver of `@fb/consensus`. Throws BAD_OPTION.
 *
 * @param files replaces the journal's file system in tests.
 */
export function createRaftEngine(options: RaftOptions, deps: EngineDeps, files?: JournalFiles): ConsensusEngine {
  const { suite, chain } = deps;
  const config = raftConfig(options, deps);
  const codec = createRaftCodec(suite, chain.genesisHash, BLOCK_LIMITS);
  return createConsensusEngine<RaftMsg<Block>, RaftRecord<Block>, RaftHeading>(
    options,
    deps,
    {
      type: "raft",
      tickMs: TICK_MS,
      codec,
      roundOf: (msg) => (msg.type === "decided" ? null : msg.term),
      createMachine: (image) => createRaft(config, image),
    },
    files,
  );
}

/** The options in ticks. */
function raftConfig(options: RaftOptions, { suite, chain, signer }: EngineDeps): RaftConfig {
  const { minElectMs, maxElectMs, maxStallMs, electionSeed } = checkRaftOptions(options, signer.self);
  return {
    self: signer.self,
    seed: electionSeed,
    minElectTicks: Math.round(minElectMs / TICK_MS),
    maxElectTicks: Math.round(maxElectMs / TICK_MS),
    stallTicks: Math.round(maxStallMs / TICK_MS),
    heartbeatTicks: Math.max(1, Math.floor(minElectMs / 4 / TICK_MS)),
    verifyVote: (node, vote, signature) => {
      const publicKey = fromHex(node);
      return publicKey !== null && suite.verify(voteDigest(suite, chain.genesisHash, vote), signature, publicKey);
    },
  };
}
