import { type Executed, type Head, majority, type Proposal } from "@fb/consensus/core";
import type { CommitCertificate, Height, Hex, NodeId, SealerIndex, Signature } from "@fb/types";
import { Ahead } from "./ahead.ts";
import { ElectionTimer } from "./election-timer.ts";
import { type LogEnd, restoreLog } from "./log.ts";
import type { AppendMsg, CommitVote, DecidedMsg, Position, RaftConfig, RaftRecord, Term } from "./messages.ts";

export type Role = "follower" | "precandidate" | "candidate" | "leader";

/** What executing a proposal over the head gave; `running` until then. */
export type Result<P> =
  | { readonly s: "running" }
  | { readonly s: "done"; readonly executed: Executed<P> }
  | { readonly s: "failed"; readonly code: string };

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
  /** The sealer's block while it is executed. */
  proposing: Proposal<P> | null = null;

  constructor(config: RaftConfig) {
    this.heartbeat = config.heartbeatTicks;
    this.check = config.maxElectTicks;
  }

  nextHeight(): void {
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
  readonly #silentThrough: Height;

  head!: Head;
  /** Our index, or -1 for an observer. */
  self: SealerIndex = -1;

  /** Never goes back. */
  term: Term = 0;
  /** Whom we voted for in this term. */
  vote: NodeId | null = null;
  role: Role = "follower";
  /** The leader of this term under the sealers in force, once heard. */
  leader: NodeId | null = null;
  /** Who votes for us, or would; ourselves only once durable. */
  readonly granted = new Set<NodeId>();
  leading: Leadership<P> | null = null;

  /** The end of our log, as it will be when all records are durable. */
  log: LogEnd<P>;
  /** The end of our log on disk. */
  durable: CommitVote;
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

  constructor(config: RaftConfig, head: Head, silentThrough: Height, records: readonly RaftRecord<P>[]) {
    this.config = config;
    this.#silentThrough = silentThrough;
    this.timer = new ElectionTimer(config.minElectTicks, config.maxElectTicks, config.seed);
    this.log = restoreLog(records) ?? { term: 0, height: head.height, hash: head.hash, executed: null };
    this.durable = this.log;
    this.term = this.log.term;
    for (const record of records) {
      if (record.k === "log") this.term = Math.max(this.term, record.term);
      if (record.k !== "vote" || record.term < this.term) continue;
      this.term = record.term;
      this.vote = record.vote;
    }
    if (this.log.executed !== null) this.journaled.add(this.log.hash);
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
    if (this.log.height <= head.height) {
      this.log = { ...this.log, executed: null };
      this.journaled.clear();
    }
    this.ahead.reached(head.height);
    this.leading?.nextHeight();
  }

  get next(): Height {
    return this.head.height + 1;
  }

  get quorum(): number {
    return majority(this.head.sealers.length).needed;
  }

  /** The block of our log above the head. */
  get tail(): LogEnd<P> | null {
    return this.log.height === this.next ? this.log : null;
  }

  /** SPEC 2.3: how far our log goes, for elections. */
  get position(): Position {
    return { term: this.log.term, height: Math.max(this.log.height, this.head.height) };
  }

  /** SPEC 6.2: what we promised before may be unknown, so nothing may be promised. */
  get silent(): boolean {
    return this.next <= this.#silentThrough;
  }

  get leads(): boolean {
    return this.role === "leader";
  }

  /** SPEC 3.3. */
  get mayCampaign(): boolean {
    const { height } = this.position;
    return this.self >= 0 && !this.silent && height <= this.next && this.ahead.highest <= height;
  }

  indexOf(node: NodeId): SealerIndex {
    return this.head.sealers.indexOf(node);
  }

  /** What we executed with this result over the head, in this run. */
  executedAs(hash: Hex): Executed<P> | null {
    for (const result of this.results.values()) {
      if (result.s === "done" && result.executed.hash === hash) return result.executed;
    }
    return null;
  }

  /** A block of the next height with this claimed or known result. */
  bodyOf(hash: Hex): Executed<P> | null {
    if (this.tail?.hash === hash && this.tail.executed !== null) return this.tail.executed;
    const entry = this.offer?.head === this.head.height ? this.offer.entry : null;
    return entry?.hash === hash ? entry.executed : null;
  }
}
