import type { Blockchain } from "@fb/blockchain";
import type { Clock } from "@fb/runtime";
import { type ConsensusEngine, type Height, invariant } from "@fb/types";
import type { NextTurn } from "./ports.ts";

export interface NextTurnDeps {
  readonly chain: Blockchain;
  readonly clock: Clock;
  readonly engine: Pick<ConsensusEngine, "status">;
}

/** When a transaction could run next after a height, and whose block it would be in. */
export async function nextTurn({ chain, clock, engine }: NextTurnDeps, height: Height): Promise<NextTurn> {
  const [stored, members] = await Promise.all([chain.header(height), chain.membersAt(height + 1)]);
  invariant(stored !== null && members !== null, "a committed block is missing", { height });
  const { leader } = engine.status();
  return {
    timestamp: Math.max(clock.now(), stored.header.timestamp + 1),
    // Nobody knows who proposes the next block; the leader is likely to.
    sealer: Math.max(leader === null ? 0 : members.sealers.indexOf(leader), 0),
  };
}
