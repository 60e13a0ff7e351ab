import type { NodeId, Signature } from "@fb/types";
import type { CoreEffect, CoreInput, Image, Machine, MachineView } from "../core/machine.ts";

/** In scripts a block is its label, and executing label A gives hash "A!". */
export type Label = string;

export type ScriptMachine<M, R, V extends MachineView> = Machine<CoreInput<M, Label>, CoreEffect<M, R, Label>, V, M>;

/** Who may decide with what, for the checks on certificates. */
export interface Vote {
  /** One per node: what the vote is about, for example "sign 1/0". */
  readonly slot: string;
  readonly choice: string;
}

export interface Knowledge<M> {
  readonly nodes: readonly NodeId[];
  /** Every message any Byzantine node has received, newest last, bounded. */
  readonly seen: readonly { readonly from: NodeId; readonly msg: M; readonly signatures: readonly Signature[] }[];
  readonly height: number;
  readonly parent: string;
}

/** What the harness must know about an engine. Everything printable is stable text, so that goldens can be reviewed. */
export interface ScriptEngine<M, R, V extends MachineView> {
  create(self: NodeId, image: Image<R>, seed: number): ScriptMachine<M, R, V>;
  /** Distinct sealers of n that decide. */
  quorum(n: number): number;
  /** "Sign 1/0 A!"; the first word is the message's type. */
  printMessage(msg: M): string;
  /** Whether it is a request or an answer, which means nothing beyond the connection it was sent on. */
  ofConnection(msg: M): boolean;
  printRecord(record: R): string;
  printView(view: V): string;
  /** What the sender signs, as text; see `fakeSignature`. */
  digests(msg: M): readonly string[];
  /** The text behind a signature in a commit certificate. */
  commitText(height: number, round: number, hash: string): string;
  /** What a message commits its sender to; null when nothing. Must be among the `covers` of a durable record. */
  promise(msg: M): string | null;
  covers(record: R): readonly string[];
  /** Votes of which a node may cast one per slot in its whole life. */
  votes(record: R): readonly Vote[];
  /** A rule about the order of durable records; the broken rule as text, or null. */
  journalRule(before: readonly R[], next: R): string | null;
  live(records: readonly R[], durable: number): readonly R[];
  /**
   * Whether a sealer that lost its journal is one of the faulty ones that the engine tolerates, whatever it says then.
   * Otherwise its earlier votes bind it for ever, also those that it has forgotten.
   */
  readonly forgetfulMayLie: boolean;
  /** Whether a node that lost promises up to this height still counts as faulty. */
  forgetful(view: V, forgotThrough: number): boolean;
  /** "term 3" when this view claims a leadership that only one node may have; null otherwise. */
  exclusiveClaim(view: V): string | null;
  /** Parses what `printMessage` prints, for `forge`. Null when it cannot be forged. */
  parseMessage(text: string, sender: NodeId, nodes: readonly NodeId[]): M | null;
  /** Messages a Byzantine node invents. `pick(n)` is uniform in 0..n-1. */
  forge(sender: NodeId, knowledge: Knowledge<M>, pick: (n: number) => number): readonly { to: NodeId; msg: M }[];
}

const TEXT = new TextEncoder();

/** A stand-in for a signature: nobody can make another node's without the harness. */
export function fakeSignature(node: NodeId, text: string): Signature {
  return TEXT.encode(`${node}|${text}`);
}

export function isFakeSignature(node: NodeId, text: string, signature: Signature): boolean {
  return new TextDecoder().decode(signature) === `${node}|${text}`;
}
