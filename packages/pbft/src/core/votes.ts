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

  /** False when the vote is older than everything kept of this sealer. The caller has checked `of`. */
  add(sealer: SealerIndex, view: number, vote: CastVote): boolean {
    const views = this.#bySealer[sealer]!;
    if (views.size >= MAX_VIEWS_PER_SEALER) {
      const oldest = Math.min(...views.keys());
      if (view < oldest) return false;
      views.delete(oldest);
    }
    views.set(view, vote);
    return true;
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

  anyIn(view: number): boolean {
    return this.#bySealer.some((views) => views.has(view));
  }
}
