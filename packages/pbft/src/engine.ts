import {
  createConsensusEngine,
  type EngineDeps,
  type EngineOptions,
  type JournalFiles,
  requireRange,
} from "@fb/consensus";
import { BLOCK_LIMITS, type Block, type ConsensusEngine, fromHex } from "@fb/types";
import { createPbftCodec } from "./codec.ts";
import type { PbftHeading, PbftMsg, PbftRecord } from "./core/messages.ts";
import { createPbft } from "./core/pbft.ts";
import { voteDigest } from "./digests.ts";

const TICK_MS = 100;

/**
 * PBFT for one group: the pure machine inside the driver of `@fb/consensus`. How long a leader may take is a value of
 * the chain (`limits().timeoutMs`, 500..3600000 ms). Throws BAD_OPTION.
 *
 * @param files replaces the journal's file system in tests.
 */
export function createPbftEngine(options: EngineOptions, deps: EngineDeps, files?: JournalFiles): ConsensusEngine {
  const { suite, chain, signer } = deps;
  requireRange("consensus_timeout", chain.limits().timeoutMs, 500, 3_600_000);
  const codec = createPbftCodec(suite, chain.genesisHash, BLOCK_LIMITS);
  return createConsensusEngine<PbftMsg<Block>, PbftRecord<Block>, PbftHeading>(
    options,
    deps,
    {
      type: "pbft",
      tickMs: TICK_MS,
      codec,
      roundOf: (msg) => (msg.type === "fetch" || msg.type === "body" ? null : msg.view),
      createMachine: (image) =>
        createPbft(
          {
            self: signer.self,
            verifyVote: (kind, node, vote, signature) => {
              const publicKey = fromHex(node);
              return (
                publicKey !== null &&
                suite.verify(voteDigest(suite, chain.genesisHash, kind, vote), signature, publicKey)
              );
            },
          },
          image,
        ),
    },
    files,
  );
}
