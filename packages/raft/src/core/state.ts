import { type Executed, type Head, type Image, majority, type Proposal } from "@fb/consensus/core";
import type { CommitCertificate, Height, Hex, NodeId, SealerIndex, Signature } from "@fb/types";
import { Ahead } from "./ahead.ts";
import type { RaftConfig } from "./config.ts";
import { ElectionTimer } from "./election-timer.ts";
import { atLeastAsUpToDate, restoreRecovered, restoreStored, type Stored } from "./log.ts";
import type { AppendMsg, CommitVote, DecidedMsg, Position, RaftRecord, Term } from "./messages.ts";
import { Fences, Recovery } from "./recovery.ts";
import { Stall } from "./stall.ts";

export type Role = "follower" | "precandidate" | "candidate" | "leader";

/** What executing a proposal over the head gave; `running` until then. */
export type Result<P> =
  | { readonly type: "running"; readonly fresh: boolean }
  | { readonly type: "done"; readonly executed: Executed<P> }
  /** `fresh`: refused as a new block in this term, at this tick; what refused it may pass (SPEC 4.8). */
  | {
      readonly type: "failed";
      readonly code: string;
      readonly fresh: boolean;
      readonly term: Term;
      readonly tick: number;
    };

/** What a leader knows and does in its term. */
export class Leadership<P> {
  /** Who answered since the quorum was last checked. */
  readonly heard = new Set<NodeId>();
  /** Signatures on our tail, ours included, by sealer. */
  readonly acks = new Map<SealerIndex, { readonly hash: Hex; readonly signature: Signature }>();
  /** Other results than ours for our tail, by sealer. */
  readonly refusals = new Map<SealerIndex, Hex>();
  /** Ticks until a peer may be sent the block again. */
  readonly bodyWait = new Map<NodeId, number>();
  heartbeat: number;
  check: number;
  /** Height we asked the sealer a block for. */
  sealRequested: Height = 0;
  /** Ticks until we may ask again after a block of ours was refused. */
  sealWait = 0;
  /** Blocks of ours in a row that we refused ourselves. */
  refused = 0;
  /** The sealer's block while it is executed. */
  proposing: Proposal<P> | null = null;

  constructor(config: RaftConfig) {
    this.heartbeat = config.heartbeatTicks;
    this.check = config.maxElectTicks;
  }

  nextHeight(): void {
    this.refused = 0;
    this.acks.clear();
    this.refusals.clear();
    this.bodyWait.clear();
    this.proposing = null;
  }
}

/** Everything a node knows. Rules live in the neighbouring files; nothing here decides. */
export class RaftState<P> {
  readonly config: RaftConfig;
  readonly timer: ElectionTimer;
  readonly ahead = new Ahead();
  readonly stall: Stall;
  readonly fences = new Fences();
  /** Not null while promises may have been forgotten. */
  recovery: Recovery | null;
  /** What we may have held and have forgotten: nobody who lacks it gets our vote. */
  owed: Position | null = null;
  /** What we owed is decided; a crash before that is on disk would make us recover again. */
  settling = false;
  /** Number of this run. */
  readonly run: number;
  /** Heights up to this one are known to have been stored here. */
  readonly #mark: Height;

  /** Ticks since the start. */
  ticks = 0;
  head!: Head;
  /** Our index, or -1 for an observer. */
  self: SealerIndex = -1;

  /** Never goes back. */
  term: Term = 0;
  /** Highest term that we said we would vote in, durable or not. */
  heard: Term = 0;
  durableHeard: Term = 0;
  /** Whom we voted for in this term. */
  vote: NodeId | null = null;
  /** Term of the last vote on disk. */
  durableVote: Term = 0;
  role: Role = "follower";
  /** The leader of this term under the sealers in force, once heard. */
  leader: NodeId | null = null;
  /** Who votes for us, or would; ourselves only once durable. */
  readonly granted = new Set<NodeId>();
  leading: Leadership<P> | null = null;

  /** The block that we hold above the head. */
  stored: Stored<P> | null;
  /** The same on disk. */
  durable: CommitVote | null;
  /** Hashes above the head whose block is in the journal, or on its way there. */
  readonly journaled = new Set<Hex>();

  /** The newest word of the leader, with the block once it came. */
  offer: AppendMsg<P> | null = null;
  /** Results of this run over the head, by proposal id. */
  readonly results = new Map<Hex, Result<P>>();
  /** The newest certificate heard of, unchecked until its height is next. */
  decided: { readonly from: NodeId; readonly msg: DecidedMsg<P>; checked: boolean } | null = null;
  /** The commit of the next height is under way. */
  committing = false;
  /** We are known to be wrong. */
  halted = false;
  /** The certificate of the head, if we have it. */
  headCertificate: CommitCertificate | null = null;

  constructor(config: RaftConfig, { head, records, forgetful, mark, run }: Image<RaftRecord<P>>) {
    this.config = config;
    this.#mark = mark;
    this.stall = new Stall(config.stallTicks);
    this.run = run;
    // The operator's word ends a recovery and what is owed after it.
    const recovered = forgetful ? restoreRecovered(records, head.height) : null;
    if (recovered !== null && recovered.tail > 0) this.owed = { head: recovered.head, tail: recovered.tail };
    this.recovery = forgetful && recovered === null ? new Recovery(run) : null;
    this.timer = new ElectionTimer(config.minElectTicks, config.maxElectTicks, config.seed);
    const stored = restoreStored(records);
    this.stored = stored !== null && stored.height > head.height ? stored : null;
    this.durable = this.stored;
    if (this.stored !== null) this.journaled.add(this.stored.hash);
    this.term = Math.max(0, ...records.map(({ type, term }) => (type === "heard" ? 0 : term)));
    this.heard = this.durableHeard = Math.max(0, ...records.map(({ term }) => term));
    const vote = records.findLast((record) => record.type === "vote");
    if (vote?.term === this.term) {
      this.vote = vote.vote;
      this.durableVote = vote.term;
    }
    this.#setHead(head);
  }

  #setHead(head: Head): void {
    this.head = head;
    this.self = head.sealers.indexOf(this.config.self);
  }

  /** Forgets what was only about the height that is over. */
  enterHeight(head: Head): void {
    this.#setHead(head);
    this.results.clear();
    this.committing = false;
    if (this.decided !== null && this.decided.msg.head <= head.height) this.decided = null;
    if (this.offer !== null && this.offer.head < head.height) this.offer = null;
    if (this.stored !== null && this.stored.height <= head.height) {
      this.stored = null;
      this.journaled.clear();
    }
    if (this.owed !== null && this.owed.head < head.height) this.owed = null;
    this.ahead.reached(head.height);
    this.leading?.nextHeight();
  }

  get next(): Height {
    return this.head.height + 1;
  }

  get quorum(): number {
    return majority(this.head.sealers.length).needed;
  }

  /** The block that we hold right above the head. */
  get tail(): Stored<P> | null {
    return this.stored?.height === this.next ? this.stored : null;
  }

  /** The same while this term's leader is heard, and on disk. */
  get durableTail(): CommitVote | null {
    return this.durable?.height === this.next && this.durable.term === this.term ? this.durable : null;
  }

  /** SPEC 2.3. Who stored a block had the one before, even where the chain has lost it since (SPEC 1.3). */
  get position(): Position {
    const { stored, head } = this;
    return stored === null ? { head: head.height, tail: 0 } : { head: stored.height - 1, tail: stored.term };
  }

  /** SPEC 6.2: what we promised before may be unknown, or done without a trace, so nothing may be promised. */
  get silent(): boolean {
    return this.recovery !== null || this.head.height < this.#mark;
  }

  /** SPEC 3.3: whether who has this may lead as far as we know or knew. */
  isUpToDate(position: Position): boolean {
    return atLeastAsUpToDate(position, this.position) && (this.owed === null || atLeastAsUpToDate(position, this.owed));
  }

  get leads(): boolean {
    return this.role === "leader";
  }

  /** SPEC 3.3. */
  get mayCampaign(): boolean {
    const height = this.stored?.height ?? this.head.height;
    return (
      this.self >= 0 && !this.silent && height <= this.next && !this.stall.stalled && this.isUpToDate(this.position)
    );
  }

  /** SPEC 4.8: whether a block that we refused is to be judged again. */
  mayJudgeAgain(result: Result<P>): boolean {
    if (result.type !== "failed") return false;
    return (result.fresh && result.term < this.term) || this.ticks - result.tick >= this.config.maxElectTicks;
  }

  /** Jobs that are under way, each by what it works on. */
  jobs(): readonly (string | null)[] {
    const running = [...this.results].find(([, result]) => result.type === "running");
    return [running?.[0] ?? null, this.committing ? `${this.next}` : null];
  }

  indexOf(node: NodeId): SealerIndex {
    return this.head.sealers.indexOf(node);
  }

  /** What we executed with this result over the head, in this run. */
  executedAs(hash: Hex): Executed<P> | null {
    for (const result of this.results.values()) {
      if (result.type === "done" && result.executed.hash === hash) return result.executed;
    }
    return null;
  }

  /** A block of the next height with this claimed or known result. */
  bodyOf(hash: Hex): Executed<P> | null {
    if (this.tail?.hash === hash) return this.tail.executed;
    const entry = this.offer?.head === this.head.height ? this.offer.entry : null;
    return entry?.hash === hash ? entry.executed : null;
  }
}
