import type { NotReadyCode, NotReadyReason } from "@fb/api";
import type { StorageTrouble } from "@fb/storage-amdb";
import { type BlockGap, credibleClaims } from "@fb/sync";
import { type ConsensusType, certificateQuorum, type Height, type Members, type NodeId } from "@fb/types";

/** What is known of a group at one moment. */
export interface HealthFacts {
  readonly self: NodeId;
  readonly consensus: ConsensusType;
  /** In force for head + 1. */
  readonly members: Members;
  readonly head: Height;
  /** Code of what halted it. */
  readonly haltedBy: string | null;
  /** What its store waits for. */
  readonly storageTrouble: StorageTrouble | null;
  /** Members connected now and the heights they claim, where they have told one. */
  readonly peers: ReadonlyMap<NodeId, Height | null>;
  /** Blocks this node lacks and no connected member keeps. */
  readonly gap: BlockGap | null;
  /** For how long there has been work without a new head, in ms. */
  readonly stalledMs: number;
  /** How long that may last. */
  readonly stallLimitMs: number;
}

/** Blocks a node may be behind while it follows a busy chain. */
const LAG_LIMIT = 5;

/** Sealers a decision needs, and how many of them this node reaches, itself counted. */
export function sealersInReach({ self, consensus, members: { sealers }, peers }: HealthFacts) {
  const needed = certificateQuorum(consensus, sealers.length);
  return { needed, reached: sealers.filter((node) => node === self || peers.has(node)).length };
}

/**
 * The greatest height that more sealers claim than may be faulty: one liar cannot make a node look behind. At least the
 * head's.
 */
export function credibleHeight({ consensus, members: { sealers }, peers, head }: HealthFacts): Height {
  const claimOf = (node: NodeId) => {
    const height = peers.get(node) ?? null;
    return height === null ? undefined : { height };
  };
  return Math.max(head, credibleClaims(consensus, sealers, claimOf)[0]?.height ?? head);
}

/** What a store that waits means for its group. */
export function storageWaits({ code, message }: StorageTrouble): NotReadyReason {
  return { code: "STORAGE_WAITING", message: `${code}: ${message}` };
}

function nobodyKeeps({ from, lowest }: BlockGap): string {
  const remedy = "connect one that keeps all (keep_blocks=0), or restore a backup";
  return `and no connected member keeps block ${from}, only blocks from ${lowest} on: ${remedy}`;
}

/** Everything that keeps a node from serving its group, the gravest first. Pure. */
export function assess(facts: HealthFacts): NotReadyReason[] {
  const { self, members, head, haltedBy, storageTrouble, peers, gap, stalledMs, stallLimitMs } = facts;
  const reasons: NotReadyReason[] = [];
  const add = (code: NotReadyCode, message: string) => reasons.push({ code, message });
  const isSealer = members.sealers.includes(self);
  if (haltedBy !== null) add("HALTED", `the group has halted here: ${haltedBy}`);
  if (storageTrouble !== null) reasons.push(storageWaits(storageTrouble));
  if (!isSealer && !members.observers.includes(self)) {
    add("NOT_A_MEMBER", `the group's members after block ${head} do not include this node`);
  }
  const { needed, reached } = sealersInReach(facts);
  if (isSealer && reached < needed) {
    add("QUORUM_UNREACHABLE", `${reached} of ${members.sealers.length} sealers are in reach, ${needed} are needed`);
  } else if (!isSealer && peers.size === 0) {
    add("QUORUM_UNREACHABLE", "no member of the group is connected");
  }
  const lag = credibleHeight(facts) - head;
  if (lag > LAG_LIMIT)
    add("SYNCING", gap === null ? `${lag} blocks behind` : `${lag} blocks behind, ${nobodyKeeps(gap)}`);
  if (stalledMs >= stallLimitMs) {
    const seconds = Math.floor(stalledMs / 1000);
    add("NO_PROGRESS", `no block for ${seconds} s although there is something to put into one, or others have one`);
  }
  return reasons;
}
