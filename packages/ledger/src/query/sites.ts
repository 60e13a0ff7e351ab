import type { Blockchain } from "@fb/blockchain";
import type { Clock } from "@fb/runtime";
import { type ConsensusEngine, type Height, invariant } from "@fb/types";
import type { CallSite, NextBlockSite } from "@fb/verifier";
import { own } from "./records.ts";

/** How far BLOCKHASH sees. */
const HASHES_IN_REACH = 256;

/** A block as the place where a call runs, with the members and rules of its height. */
export async function callSite(chain: Blockchain, height: Height): Promise<CallSite> {
  const of = Math.max(height, 1);
  const [stored, members] = await Promise.all([chain.header(height), chain.membersAt(of)]);
  const config = chain.configAt(of);
  invariant(stored !== null && members !== null && config !== null, "a committed block is missing", { height });
  const site = { head: { hash: stored.hash, header: stored.header }, members, config };
  if (height === chain.head().header.number) return site;
  // Memory has the hashes before the head only.
  const before = await chain.headers(height - 1, HASHES_IN_REACH);
  const hashes = new Map(before.map(({ hash, header }) => [header.number, own(hash)]));
  return { ...site, blockHash: (number) => hashes.get(number) ?? null };
}

export interface NextBlockDeps {
  readonly chain: Blockchain;
  readonly clock: Clock;
  readonly engine: Pick<ConsensusEngine, "status">;
}

/** The block after a height, with the members and rules in force for it: where a transaction can run next. */
export async function nextBlockSite({ chain, clock, engine }: NextBlockDeps, height: Height): Promise<NextBlockSite> {
  const [stored, members] = await Promise.all([chain.header(height), chain.membersAt(height + 1)]);
  const config = chain.configAt(height + 1);
  invariant(stored !== null && members !== null && config !== null, "a committed block is missing", { height });
  const { leader } = engine.status();
  return {
    parent: { hash: stored.hash, header: stored.header },
    members,
    config,
    timestamp: Math.max(clock.now(), stored.header.timestamp + 1),
    // Nobody knows who proposes the next block; the leader is likely to.
    sealer: Math.max(leader === null ? 0 : members.sealers.indexOf(leader), 0),
  };
}
