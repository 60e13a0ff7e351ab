import type { CommitCertificate, Height, Hex, NodeId, SealerIndex, Signature } from "@fb/types";
import type { RejectCode } from "./reject-code.ts";

/**
 * A consensus engine as a pure state machine: no clock, no I/O, no await, no randomness. `In` and `Out` are the
 * {@link CoreInput} and {@link CoreEffect} of the engine's own messages, records and proposals; `Heading` is what can be
 * said about a message before its block is read.
 */
export interface Machine<In, Out, View extends MachineView, Heading> {
  /**
   * Synchronous, total, deterministic. Bad input of a peer yields a `reject` effect; only a bug of ours throws
   * (InvariantError), and then the machine must not be used again.
   */
  step(input: In): readonly Out[];
  /**
   * Whether a message is worth its cost: reading its block and checking its signatures. Asked for every message before
   * that, so it must be cheap; pure, and it changes nothing. `from` is who the channel says it is. What is not taken
   * would have changed nothing: at most it had been answered or rejected.
   */
  screen(from: NodeId, heading: Heading): Screened;
  /** A frozen snapshot for RPC, logs and tests. */
  view(): View;
}

/** `code` null: nothing is wrong with the message, it only tells nothing new. */
export type Screened = { readonly take: true } | { readonly take: false; readonly code: RejectCode | null };

export const TAKE: Screened = { take: true };
/** For what is known already. */
export const IGNORE: Screened = { take: false, code: null };

/** What every engine shows of itself. `round` is the PBFT view or the Raft term. */
export interface MachineView {
  readonly role: "leader" | "follower" | "candidate" | "observer";
  readonly round: number;
  /** Height being decided: head + 1. */
  readonly height: Height;
  readonly leader: NodeId | null;
}

/** The newest block the next one is built on, and who decides the next one. */
export interface Head {
  readonly height: Height;
  readonly hash: Hex;
  /** Sealers of `height + 1`, ascending by node id; a sealer's index is its position here. */
  readonly sealers: readonly NodeId[];
  /**
   * `header.sealer` of the newest committed blocks, oldest first and ending with the block at `height`: at most
   * `sealers.length` of them, only blocks decided under the very member list now in force, never genesis.
   */
  readonly recent: readonly SealerIndex[];
  /** Ticks the first leader of `height + 1` may take, as the chain has it configured for that height. At least 2. */
  readonly timeoutTicks: number;
}

/**
 * A proposal on its way to agreement. `P` is the block itself; the machine never looks inside.
 * `id` identifies it byte for byte (proposal id), `parent` is the hash it builds on.
 */
export interface Proposal<P> {
  readonly id: Hex;
  readonly parent: Hex;
  readonly height: Height;
  readonly sealer: SealerIndex;
  readonly block: P;
}

/** A proposal with what executing it gave: `hash` of the executed header, `sealed` = the block under that header. */
export interface Executed<P> {
  readonly hash: Hex;
  readonly proposal: Proposal<P>;
  readonly sealed: P;
}

export type ExecOutcome<P> =
  | { readonly ok: true; readonly executed: Executed<P> }
  /** The block can never be part of this chain (or not yet, for a header time too far ahead). */
  | { readonly ok: false; readonly code: string };

/** Consecutive from 1 in every run of a machine. */
export type JournalSeq = number;

/** Signatures of one message, in the order of the codec's `digests(message)`; empty for an unsigned message. */
export type Signatures = readonly Signature[];

/** Everybody else in the sealer list of the height being decided, or one member. */
export type Target = "sealers" | NodeId;

export interface Send<M> {
  readonly to: Target;
  readonly msg: M;
}

export type CoreInput<M, P> =
  /** A unit of time; the driver chooses its length. */
  | { readonly type: "tick" }
  /** Decoded, from a member, every signature valid for `from`. What the message claims beyond that is unchecked. */
  | { readonly type: "msg"; readonly from: NodeId; readonly msg: M; readonly signatures: Signatures }
  /** The sealer's answer to `seal`. */
  | { readonly type: "proposal"; readonly round: number; readonly proposal: Proposal<P> }
  /** The answer to `execute`; `key` is the proposal id. */
  | { readonly type: "executed"; readonly key: Hex; readonly outcome: ExecOutcome<P> }
  /** The record is durable and its messages have left; `signatures[i]` are ours on `thenSend[i]`. */
  | { readonly type: "persisted"; readonly seq: JournalSeq; readonly signatures: readonly Signatures[] }
  /** The chain advanced, by us or by sync. Never goes back. */
  | { readonly type: "head"; readonly head: Head }
  | { readonly type: "peer"; readonly peer: NodeId; readonly up: boolean }
  /** Whether the pool holds a transaction that could be sealed now. */
  | { readonly type: "pending"; readonly pending: boolean };

export type CoreEffect<M, R, P> =
  /** Make `record` durable; only then sign and send `thenSend`, and answer with `persisted`. */
  | { readonly type: "persist"; readonly seq: JournalSeq; readonly record: R; readonly thenSend: readonly Send<M>[] }
  /** A message that promises nothing new: a request, an answer, or a repetition of what is already durable. */
  | { readonly type: "send"; readonly to: Target; readonly msg: M }
  /** Judge and execute over the head. `fresh`: also refuse a header time too far ahead of our clock. */
  | { readonly type: "execute"; readonly key: Hex; readonly proposal: Proposal<P>; readonly fresh: boolean }
  /** Decided. Store it; the answer is `head`. */
  | { readonly type: "commit"; readonly height: Height; readonly hash: Hex; readonly certificate: CommitCertificate }
  /** Our turn: one proposal over the head, once there is something to put in it. A later `seal` replaces an earlier one. */
  | {
      readonly type: "seal";
      readonly height: Height;
      readonly round: number;
      readonly parent: Hex;
      readonly sealer: SealerIndex;
    }
  /** A peer has proof of, or claims, a height we lack: sync should look. */
  | { readonly type: "behind"; readonly height: Height; readonly from: NodeId }
  | { readonly type: "reject"; readonly from: NodeId; readonly code: RejectCode }
  | { readonly type: "note"; readonly note: Note }
  /** Our data contradicts what a quorum signed. The driver halts this group's engine. */
  | {
      readonly type: "halt";
      readonly code: "DIVERGED";
      readonly height: Height;
      readonly ours: Hex;
      readonly theirs: Hex;
    };

/**
 * A fact for log, metrics and tests. Plain data; rendered outside the machine. One event has a meaning to the driver:
 * `round-failed` (a view or term ended without the block proposed in it) makes the sealer pack smaller blocks.
 */
export interface Note {
  readonly level: "debug" | "info" | "warn";
  readonly event: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** What a machine is made from, on first start and on every restart alike. */
export interface Image<R> {
  readonly head: Head;
  /** Durable records in the order they were written. Those of heights at or below the head may be missing. */
  readonly records: readonly R[];
  /**
   * Nothing at or below this height may be promised on the strength of `records`, because we may have promised there
   * before and the journal is lost, or the chain has lost blocks that the journal knows to be stored. 0 when nothing is
   * amiss.
   */
  readonly silentThrough: Height;
  /** Highest height that the journal knows to have been stored; above the head when the chain has lost blocks. */
  readonly mark: Height;
  /** Promises may be missing from `records`: the journal is new, was lost, or was older than the chain. */
  readonly forgetful: boolean;
  /** Random for every run: an answer to a request of an earlier run is told by it. 0..2^48 - 1. */
  readonly run: number;
}
