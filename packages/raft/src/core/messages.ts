import type { Executed } from "@fb/consensus/core";
import type { CommitCertificate, Height, Hex, NodeId } from "@fb/types";

export type Term = number;

/** What a signature in a commit certificate covers: "in this term I hold this block durably". */
export interface CommitVote {
  readonly term: Term;
  readonly height: Height;
  readonly hash: Hex;
}

/** What a node has: its chain, and the term in which it stored the block above, 0 when there is none (SPEC 2.3). */
export interface Position {
  readonly head: Height;
  readonly tail: Term;
}

/** The block above a leader's head. `executed` is left out for those who have it or need to be told of it only. */
export interface LogEntry<P> {
  readonly hash: Hex;
  readonly executed: Executed<P> | null;
}

/** Every message tells the height of its sender's head, so that whoever lacks blocks finds out. */
export type RaftMsg<P> =
  | ({
      readonly type: "voteRequest";
      /** With `pre`, the term the sender would campaign in. */
      readonly term: Term;
      readonly pre: boolean;
    } & Position)
  | {
      readonly type: "voteResponse";
      /** The term asked for when granted, else the voter's own. */
      readonly term: Term;
      readonly head: Height;
      readonly pre: boolean;
      readonly granted: boolean;
    }
  /** The leader's log: the chain up to `head` with this `hash`, and at most one block above. */
  | {
      readonly type: "append";
      readonly term: Term;
      readonly head: Height;
      readonly hash: Hex;
      readonly entry: LogEntry<P> | null;
    }
  | ({ readonly type: "appendResponse"; readonly head: Height; readonly outcome: AppendOutcome } & CommitVote)
  /** SPEC 7.4: a sealer that may have forgotten promises asks for what became of them. */
  | {
      readonly type: "recover";
      /** Random for every run of the sender; answers repeat it. */
      readonly run: number;
      /** 0 = only asks; else a fence: asks to have nothing to do with lower terms any more. */
      readonly term: Term;
      readonly head: Height;
    }
  | {
      readonly type: "recoverResponse";
      /** Of the question. */
      readonly run: number;
      readonly term: Term;
      readonly head: Height;
      /** Of the block above its head, or 0 (SPEC 2.3). */
      readonly tail: Term;
      /** Highest term the sender has heard of. */
      readonly heard: Term;
      /** The fence stands, durably. */
      readonly granted: boolean;
      /** The sender has forgotten, too. */
      readonly forgetful: boolean;
    }
  /** Unsigned: the certificate proves itself. */
  | {
      readonly type: "decided";
      readonly head: Height;
      readonly hash: Hex;
      readonly certificate: CommitCertificate;
    };

/** What is known of a message before its block and its certificate are read. Every message is one. */
export type RaftHeading =
  | Exclude<RaftMsg<never>, { type: "append" | "decided" }>
  | {
      readonly type: "append";
      readonly term: Term;
      readonly head: Height;
      readonly hash: Hex;
      readonly entry: Pick<LogEntry<never>, "hash"> | null;
    }
  | { readonly type: "decided"; readonly head: Height; readonly hash: Hex };

export type AppendOutcome =
  /** The leader's block is durable here, as one of this term: `height` and `hash` are the block's. */
  | "stored"
  /** Nothing to send: no block, or executing, writing, waiting for sync. `height` and `hash` are the head's. */
  | "working"
  /** The block is not here. `height` and `hash` are the head's. */
  | "missing"
  /** Judging refused the block (`hash` = the head's), or executing it gave `hash` instead. `height` is the block's. */
  | "refused";

export type VoteRequestMsg<P> = Extract<RaftMsg<P>, { type: "voteRequest" }>;
export type VoteResponseMsg<P> = Extract<RaftMsg<P>, { type: "voteResponse" }>;
export type AppendMsg<P> = Extract<RaftMsg<P>, { type: "append" }>;
export type AppendResponseMsg<P> = Extract<RaftMsg<P>, { type: "appendResponse" }>;
export type RecoverMsg<P> = Extract<RaftMsg<P>, { type: "recover" }>;
export type RecoverResponseMsg<P> = Extract<RaftMsg<P>, { type: "recoverResponse" }>;
export type DecidedMsg<P> = Extract<RaftMsg<P>, { type: "decided" }>;

/** What must survive a crash. */
export type RaftRecord<P> =
  /** Our vote in a term. */
  | { readonly type: "vote"; readonly term: Term; readonly vote: NodeId }
  /** The highest term that we said we would vote in (SPEC 3.2). */
  | { readonly type: "heard"; readonly term: Term }
  /**
   * What an earlier journal may have held no longer matters (SPEC 7.4): we have entered this term, and count as holding
   * this position. With a tail that is only so while the head is this one.
   */
  | ({ readonly type: "recovered"; readonly term: Term } & Position)
  /** A block of this term's leader. `executed` is null when an earlier record holds it. */
  | ({ readonly type: "stored"; readonly executed: Executed<P> | null } & CommitVote);

export type StoredRecord<P> = Extract<RaftRecord<P>, { type: "stored" }>;
