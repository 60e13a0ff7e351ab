import { byzantine } from "@fb/consensus/core";
import type { Height, SealerIndex } from "@fb/types";

/** Every so many turns a skipped sealer gets its turn back, so that it can show it lives. */
const PROBATION_TURNS = 8;

/**
 * Sealers whose turn is skipped at `height` (SPEC 4.2): those whose last own turn produced another proposer's block, at
 * most f of them, the latest miss first. Nobody is skipped on a probation turn. Depends on committed headers only.
 *
 * @param recent `header.sealer` of the blocks up to height - 1, oldest first, decided under the current member list.
 */
export function skippedAt(n: number, height: Height, recent: readonly SealerIndex[]): ReadonlySet<SealerIndex> {
  const skipped = new Set<SealerIndex>();
  const { faulty } = byzantine(n);
  const first = Math.max(height - Math.min(recent.length, n), height - n);
  for (let turn = height - 1; turn >= first && skipped.size < faulty; turn--) {
    const owner = turn % n;
    if (recent[recent.length - (height - turn)] !== owner) skipped.add(owner);
  }
  return skipped;
}

/** Who leads `view` of `height`: the sealers in order from `height mod n`, without the skipped ones. `n` at least 1. */
export function leaderOf(n: number, height: Height, view: number, recent: readonly SealerIndex[]): SealerIndex {
  const onProbation = Math.floor(height / n) % PROBATION_TURNS === 0;
  const skipped = onProbation ? new Set<SealerIndex>() : skippedAt(n, height, recent);
  let left = view % (n - skipped.size);
  for (let i = 0; ; i++) {
    const sealer = (height + i) % n;
    if (skipped.has(sealer)) continue;
    if (left-- === 0) return sealer;
  }
}
