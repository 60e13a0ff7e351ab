import { byzantine, type Executed, type Head, type Quorum } from "@fb/consensus/core";
import type { CommitCertificate, Height, Hex, NodeId, SealerIndex } from "@fb/types";
import type { PbftConfig } from "./config.ts";
import { leaderOf } from "./leader.ts";
import type { LockCert, PbftMsg, PbftRecord, PrepareMsg, ViewChangeMsg, VoteMsg } from "./messages.ts";
import type { Stalls, Work } from "./stalls.ts";
import { MAX_GROWTH } from "./timer.ts";
import { Votes } from "./votes.ts";

/** Work that takes so many of the shortest waits of a view hangs, for all we know. */
const STALL_WAITS = 2;

/** What executing a proposal came to: its result, still running, or refused in this view. */
export type ExecutionState<P> = Executed<P> | "running" | "refused";

/** Our messages of this height whose records are durable: what may be repeated. */
export interface DurableOwn<P> {
  prepare: PrepareMsg<P> | null;
  sign: VoteMsg<P> | null;
  commit: VoteMsg<P> | null;
  viewChange: ViewChangeMsg<P> | null;
}

/** Everything known about the height being decided. Rules live in the neighbouring files; nothing here decides. */
export class HeightState<P> {
  readonly config: PbftConfig;
  readonly head: Head;
  readonly height: Height;
  readonly n: number;
  readonly quorum: Quorum;
  /** Our index, or -1 for an observer. */
  readonly self: SealerIndex;
  /** We may not vote here: what we promised at this height is unknown. */
  readonly silent: boolean;

  /** The view we are in. Never goes back. */
  view = 0;
  /** The view we asked for; equal to `view` when content. */
  target = 0;
  /** Highest view every sealer asked for; ours only once durable. */
  readonly asked: number[];
  /** Sealers that have said two things at once, or shown a certificate that proves nothing, at this height. */
  readonly faultySealers = new Set<SealerIndex>();
  readonly signs: Votes;
  readonly commits: Votes;
  lock: LockCert | null = null;
  /** View of the newest lock whose record is durable or on its way there. */
  journaledLock = -1;
  lastProposed = -1;
  lastSigned = -1;
  lastCommitted = -1;

  /** The proposal accepted in the current view. */
  current: PrepareMsg<P> | null = null;
  /** Set when the current proposal was found unfit, so that it is neither signed nor judged again. */
  refused = false;
  /** Prepares of views we have not entered: the newest of every sealer. */
  readonly early = new Map<SealerIndex, PrepareMsg<P>>();
  sealRequestedFor = -1;

  /** Bodies by executed hash, proven or executed by us. */
  readonly bodies = new Map<Hex, Executed<P>>();
  /** What we executed in this run, by proposal id. Without an entry it may be executed (again). */
  readonly results = new Map<Hex, ExecutionState<P>>();
  readonly runningFresh = new Set<Hex>();
  /** Hashes whose body is journaled (or on its way there). */
  readonly journaled = new Set<Hex>();

  /** What n - f commits decided, and those commits: later votes change nothing about it. */
  decided: { readonly hash: Hex; readonly certificate: CommitCertificate } | null = null;
  commitSent = false;
  fetching: { readonly hash: Hex; asked: number; wait: number } | null = null;
  own: DurableOwn<P> = { prepare: null, sign: null, commit: null, viewChange: null };
  /** Sign to repeat after a restart. */
  resumeSign: VoteMsg<P> | null = null;
  readonly #stalls: Stalls;
  /** Views left behind in which something was proposed. */
  readonly #failed = new Set<number>();

  constructor(
    config: PbftConfig,
    head: Head,
    stalls: Stalls,
    silentThrough: Height,
    records: readonly PbftRecord<P>[],
  ) {
    this.config = config;
    this.#stalls = stalls;
    this.head = head;
    this.height = head.height + 1;
    this.n = head.sealers.length;
    this.quorum = byzantine(this.n);
    this.self = head.sealers.indexOf(config.self);
    this.silent = this.height <= silentThrough;
    this.asked = new Array<number>(this.n).fill(0);
    this.signs = new Votes(this.n);
    this.commits = new Votes(this.n);
    for (const record of records) if (record.height === this.height) this.#restore(record);
    this.journaledLock = this.lock?.view ?? -1;
    // The view we are in may be one that we entered without having asked for it.
    const asked = this.target;
    this.target = Math.max(asked, this.view);
    if (this.self < 0) return;
    this.asked[this.self] = asked;
    if (asked > 0 && !this.silent) {
      this.own.viewChange = { type: "viewChange", height: this.height, view: asked, lock: this.lock };
    }
  }

  get votes(): boolean {
    return this.self >= 0 && !this.silent;
  }

  /** What hangs here, if anything (SPEC 6.7). */
  get stalled(): Work | null {
    return this.#stalls.longerThan(STALL_WAITS * this.head.timeoutTicks);
  }

  /** Whether we can promise anything now: without the journal all of it would only wait in memory. */
  get promises(): boolean {
    return this.votes && this.stalled !== "persist";
  }

  leader(view: number): SealerIndex {
    return leaderOf(this.n, this.height, view, this.head.recent);
  }

  /** Whether it is on us to propose in this view, and nothing keeps us from it. */
  get leads(): boolean {
    return this.isLeader && this.votes && this.stalled === null;
  }

  get isLeader(): boolean {
    return this.self >= 0 && this.leader(this.view) === this.self;
  }

  node(sealer: SealerIndex): NodeId {
    return this.head.sealers[sealer]!;
  }

  indexOf(node: NodeId): SealerIndex {
    return this.head.sealers.indexOf(node);
  }

  /** What we executed with this result, in this run. */
  executedAs(hash: Hex): Executed<P> | null {
    const body = this.bodies.get(hash);
    const result = body === undefined ? null : this.resultOf(body.proposal.id);
    return result?.hash === hash ? result : null;
  }

  /** The result of a proposal we executed; null while there is none. */
  resultOf(id: Hex): Executed<P> | null {
    const state = this.results.get(id);
    return state === undefined || state === "running" || state === "refused" ? null : state;
  }

  /** SPEC 7.5: in a new view what was refused gets another trial, in case the reason was ours and has passed. */
  forgetRefusals(): void {
    for (const [id, state] of this.results) if (state === "refused") this.results.delete(id);
  }

  /**
   * SPEC 6.4: there is something to agree on, so silence of the leader is a fault. What f sealers alone can say is none:
   * all of them may lie.
   */
  hasBusiness(pending: boolean): boolean {
    if (this.self < 0 || this.commitSent) return false;
    return (
      pending ||
      this.current !== null ||
      this.lock !== null ||
      this.decided !== null ||
      this.#voters() > this.quorum.faulty
    );
  }

  /** Sealers that have voted in our view or above it. */
  #voters(): number {
    let count = 0;
    for (let sealer = 0; sealer < this.n; sealer++) {
      if (this.signs.votedFrom(sealer, this.view) || this.commits.votedFrom(sealer, this.view)) count += 1;
    }
    return count;
  }

  /** Proposals of this height that came to nothing, as far as the waits care. */
  get failures(): number {
    return this.#failed.size;
  }

  /** Whether news of a proposal in a view left behind would still lengthen the waits. */
  learnsFrom(view: number): boolean {
    return this.#failed.size < MAX_GROWTH && !this.#failed.has(view);
  }

  /** Something fit was proposed in `view`, which a quorum has left. */
  proposalFailed(view: number): void {
    if (this.learnsFrom(view)) this.#failed.add(view);
  }

  status(): PbftMsg<P> {
    return { type: "status", height: this.height, view: this.target, lacksBlock: this.current === null };
  }

  #restore(record: PbftRecord<P>): void {
    switch (record.type) {
      case "proposed":
        this.lastProposed = Math.max(this.lastProposed, record.view);
        this.view = Math.max(this.view, record.view);
        break;
      case "signed":
        if (record.executed !== null) this.bodies.set(record.hash, record.executed);
        this.journaled.add(record.hash);
        if (record.view < this.lastSigned) break;
        this.lastSigned = record.view;
        this.view = Math.max(this.view, record.view);
        this.resumeSign = { type: "sign", height: record.height, view: record.view, hash: record.hash };
        break;
      case "locked":
        if (this.lock === null || record.cert.view >= this.lock.view) this.lock = record.cert;
        break;
      case "view":
        this.target = Math.max(this.target, record.view);
        break;
      default:
        record satisfies never;
    }
  }
}
