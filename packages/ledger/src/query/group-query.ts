import type { GroupQuery, GroupStatus } from "@fb/api";
import type { Sync } from "@fb/sync";
import type { ConsensusEngine, GroupChannel, NodeId } from "@fb/types";
import { type ChainReadsDeps, chainReads, headAt } from "./chain-reads.ts";
import { refusingPruned } from "./pruned.ts";
import { own } from "./records.ts";
import { type StateReadsDeps, stateReads } from "./state-reads.ts";
import { type SubmissionsDeps, submissions } from "./submissions.ts";

export interface QueryDeps extends ChainReadsDeps, StateReadsDeps, SubmissionsDeps {
  readonly self: NodeId;
  readonly sync: Sync;
  readonly engine: ConsensusEngine;
  readonly channel: Pick<GroupChannel, "peers">;
  readonly watchPending: (on: boolean) => void;
}

/**
 * The read and submit side of one group, answered from the chain, the pool and the state. One call answers one request
 * whole, so that it costs one thread hop.
 */
export function createGroupQuery(deps: QueryDeps): GroupQuery {
  return {
    ...refusingPruned(chainReads(deps)),
    ...stateReads(deps),
    ...submissions(deps),
    status: () => groupStatus(deps),
    async watchPending(on) {
      deps.watchPending(on);
    },
  };
}

async function groupStatus(deps: QueryDeps): Promise<GroupStatus> {
  const { self, chain, pool, sync, engine, channel, health, lowestState } = deps;
  const { startedAt, knownHighest, knownHighestHash, peers } = sync.status();
  const notReady = health.reasons();
  return {
    nodeId: self,
    head: await headAt(chain, chain.head().header.number),
    members: chain.members(),
    engine: engine.status(),
    sync: {
      syncing: notReady.some(({ code }) => code !== "NO_PROGRESS"),
      startedAt,
      knownHighest,
      knownHighestHash: own(knownHighestHash),
      peers: peers.map(({ nodeId, height, lowest, hash }) => ({ nodeId, height, lowest, hash: own(hash) })),
    },
    pool: pool.stats(),
    kept: { blocks: chain.lowestBlock(), states: lowestState() },
    connected: channel.peers(),
    notReady,
  };
}
