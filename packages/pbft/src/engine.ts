import {
  createConsensusEngine,
  type EngineDeps,
  type EngineOptions,
  type JournalFiles,
  requireRange,
} from "@fb/consensus";
import { type Block, type ConsensusEngine, fromHex, MAX_BLOCK_TRANSACTIONS } from "@fb/types";
import { createPbftCodec, signDigest } from "./codec.ts";
import type { PbftHeading, PbftMsg, PbftRecord } from "./core/messages.ts";
import { createPbft } from "./core/pbft.ts";

export interface PbftOptions extends EngineOptions {
  /**
   * How long the first leader of a height may take, while there is something to agree on. Later views wait half as long
   * again each. ms, 500..600000, default 3000.
   */
  readonly viewTimeoutMs?: number;
}

const TICK_MS = 100;
/** A message holds a block, a certificate and little else. */
const ROOM_FOR_CERTIFICATE = 512 * 1024;

/**
 * PBFT for one group: the pure machine inside the driver of `@fb/consensus`. Throws BAD_OPTION.
 *
 * @param files replaces the journal's file system in tests.
 */
export function createPbftEngine(options: PbftOptions, deps: EngineDeps, files?: JournalFiles): ConsensusEngine {
  const viewTimeoutMs = options.viewTimeoutMs ?? 3000;
  requireRange("viewTimeoutMs", viewTimeoutMs, 500, 600_000);
  const { suite, chain, channel, signer } = deps;
  const maxBytes = Math.max(0, channel.maxPayloadBytes - ROOM_FOR_CERTIFICATE);
  const codec = createPbftCodec(suite, chain.genesisHash, { maxBytes, maxTransactions: MAX_BLOCK_TRANSACTIONS });
  return createConsensusEngine<PbftMsg<Block>, PbftRecord<Block>, PbftHeading>(
    options,
    deps,
    {
      type: "pbft",
      tickMs: TICK_MS,
      codec,
      roundOf: (msg) => ("view" in msg ? msg.view : null),
      createMachine: (image) =>
        createPbft(
          {
            self: signer.self,
            timeoutTicks: Math.round(viewTimeoutMs / TICK_MS),
            verifySign: (node, vote, signature) => {
              const publicKey = fromHex(node);
              return (
                publicKey !== null && suite.verify(signDigest(suite, chain.genesisHash, vote), signature, publicKey)
              );
            },
          },
          image,
        ),
    },
    files,
  );
}
