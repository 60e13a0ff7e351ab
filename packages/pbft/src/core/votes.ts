import type { Hex, SealerIndex, SealerSignature, Signature } from "@fb/types";

/** Views of one sealer that are remembered; only its own older votes are pushed out. */
const MAX_VIEWS_PER_SEALER = 8;

export interface CastVote {
  readonly hash: Hex;
  readonly signature: Signature;
}

/** Votes of one kind at one height: the first of every (sealer, view). */
export class Votes {
  readonly #bySealer: Map<number, CastVote>[];

  constructor(sealers: number) {
    this.#bySealer = Array.from({ length: sealers }, () => new Map());
  }

  of(sealer: SealerIndex, view: number): CastVote | undefined {
    return this.#bySealer[sealer]?.get(view);
  }

  /** Whether there is room for a vote of this view: false when it is older than everything kept of this sealer. */
  keeps(sealer: SealerIndex, view: number): boolean {
    const views = this.#bySealer[sealer]!;
    return views.size < MAX_VIEWS_PER_SEALER || view > Math.min(...views.keys());
  }

  /** The caller has checked `of` and `keeps`. */
  add(sealer: SealerIndex, view: number, vote: CastVote): void {
    const views = this.#bySealer[sealer]!;
    if (views.size >= MAX_VIEWS_PER_SEALER) views.delete(Math.min(...views.keys()));
    views.set(view, vote);
  }

  /** Signatures for (view, hash), ascending by sealer. */
  collect(view: number, hash: Hex): SealerSignature[] {
    const out: SealerSignature[] = [];
    for (let sealer = 0; sealer < this.#bySealer.length; sealer++) {
      const vote = this.#bySealer[sealer]!.get(view);
      if (vote?.hash === hash) out.push({ sealer, signature: vote.signature });
    }
    return out;
  }

  /** Whether this sealer voted in `view` or above it. */
  votedFrom(sealer: SealerIndex, view: number): boolean {
    for (const voted of this.#bySealer[sealer]!.keys()) if (voted >= view) return true;
    return false;
  }
}
