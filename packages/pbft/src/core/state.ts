import { byzantine, type Executed, type Head, type Quorum } from "@fb/consensus/core";
import type { Height, Hex, NodeId, SealerIndex } from "@fb/types";
import { leaderOf } from "./leader.ts";
import type { LockCert, PbftConfig, PbftMsg, PbftRecord, PrepareMsg, ViewChangeMsg, VoteMsg } from "./messages.ts";
import { Votes } from "./votes.ts";

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
  readonly signs: Votes;
  readonly commits: Votes;
  lock: LockCert | null = null;
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
  /** What we executed in this run, by proposal id; `null` while it runs (fresh or not). */
  readonly results = new Map<Hex, Executed<P> | null>();
  readonly runningFresh = new Set<Hex>();
  /** Hashes whose body is journaled (or on its way there). */
  readonly journaled = new Set<Hex>();

  /** What n - f commits decided. */
  decided: { readonly view: number; readonly hash: Hex } | null = null;
  commitSent = false;
  fetching: { readonly hash: Hex; asked: number; wait: number } | null = null;
  own: DurableOwn<P> = { prepare: null, sign: null, commit: null, viewChange: null };
  /** Sign to repeat after a restart. */
  resumeSign: VoteMsg<P> | null = null;

  constructor(config: PbftConfig, head: Head, silentThrough: Height, records: readonly PbftRecord<P>[]) {
    this.config = config;
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
    this.target = Math.max(this.target, this.view);
    if (this.self < 0) return;
    this.asked[this.self] = this.target;
    if (this.target > 0 && !this.silent) {
      this.own.viewChange = { m: "viewChange", height: this.height, view: this.target, lock: this.lock };
    }
  }

  get votes(): boolean {
    return this.self >= 0 && !this.silent;
  }

  leader(view: number): SealerIndex {
    return leaderOf(this.n, this.height, view, this.head.recent);
  }

  get leads(): boolean {
    return this.votes && this.leader(this.view) === this.self;
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
    const result = body === undefined ? undefined : this.results.get(body.proposal.id);
    return result?.hash === hash ? result : null;
  }

  /** There is something to agree on, so silence of the leader is a fault. */
  hasBusiness(pending: boolean): boolean {
    if (this.self < 0 || this.commitSent) return false;
    return (
      pending ||
      this.current !== null ||
      this.lock !== null ||
      this.decided !== null ||
      this.lastSigned >= 0 ||
      this.lastProposed >= 0 ||
      this.#earlyCounts() ||
      this.signs.anyIn(this.view) ||
      this.commits.anyIn(this.view)
    );
  }

  /** A Prepare of a view that nobody but its leader asks for is no reason to hurry there. */
  #earlyCounts(): boolean {
    for (const { view } of this.early.values()) if (view <= this.target) return true;
    return false;
  }

  status(): PbftMsg<P> {
    return { m: "status", height: this.height, view: this.target, lacksBlock: this.current === null };
  }

  #restore(record: PbftRecord<P>): void {
    switch (record.k) {
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
        this.resumeSign = { m: "sign", height: record.height, view: record.view, hash: record.hash };
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
