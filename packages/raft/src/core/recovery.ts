import type { Height, NodeId } from "@fb/types";
import type { Position, Term } from "./messages.ts";

/** Election waits between two fences that a peer may put up here, at first and at most (SPEC 7.6). */
const MIN_FENCE_WAITS = 4;
const MAX_FENCE_WAITS = 256;

export interface Answer extends Position {
  /** Highest term the peer has heard of. */
  readonly heard: Term;
  /** The fence that the peer has promised to keep; 0 = none. */
  readonly fence: Term;
}

/** What a sealer does that may have forgotten promises, until it knows that they no longer matter (SPEC 7.4). */
export class Recovery {
  /** Tells this run from earlier ones. */
  readonly run: number;
  /** Sealers that can answer for their promises. */
  readonly answers = new Map<NodeId, Answer>();
  /** Sealers that have forgotten, too: their heads, and the terms they know of, their own fence included. */
  readonly forgetful = new Map<NodeId, { readonly head: Height; readonly heard: Term }>();
  /** Terms below it are over for whoever answers for it; 0 while we only ask. */
  fence: Term = 0;
  /** Ticks since this fence was put up, or since we began to ask. */
  fenceTicks = 0;
  /** Election waits for the head of a fence that stands, before another is put up because somebody could not grant it. */
  patience = 1;
  /** The highest of enough who keep the fence: all that we may have helped to decide is in it. Null until they are enough. */
  highest: Position | null = null;
  /** The word that we have recovered is on its way to the disk. */
  persisting = false;
  wait = 0;

  constructor(run: number) {
    this.run = run;
  }
}

/** Fences that peers have put up here, so that nobody stops elections by putting up one after the other. */
export class Fences {
  readonly #waits = new Map<NodeId, { left: number; next: number }>();

  tick(): void {
    for (const wait of this.#waits.values()) wait.left = Math.max(0, wait.left - 1);
  }

  mayRaise(peer: NodeId): boolean {
    return (this.#waits.get(peer)?.left ?? 0) === 0;
  }

  raised(peer: NodeId, maxElectTicks: number): void {
    const next = this.#waits.get(peer)?.next ?? MIN_FENCE_WAITS;
    this.#waits.set(peer, { left: next * maxElectTicks, next: Math.min(2 * next, MAX_FENCE_WAITS) });
  }

  /** Only sealers are remembered. */
  keep(sealers: readonly NodeId[]): void {
    for (const peer of this.#waits.keys()) if (!sealers.includes(peer)) this.#waits.delete(peer);
  }
}
