import { randomBytes } from "node:crypto";
import { commitDigest, fromHex, rlpUint, signingDigest } from "@fb/types";
import type { Attack, AttackContext } from "../attack.ts";
import { flood, type Intruder, intrude } from "../peer/flood.ts";
import { pbftVote } from "../peer/hand-made.ts";

const SIGN = 2;
const COMMIT = 3;
/** Signing one takes as long as a node takes to check it: they are made before, and said again and again. */
const VOTES = 2_000;

/** Votes of a sealer for blocks that nobody proposed, validly signed. */
function votes({ group }: AttackContext, { member }: Intruder, heightOf: (i: number) => number): Uint8Array[] {
  const genesis = fromHex(group.genesisHash)!;
  return Array.from({ length: VOTES }, (_, i) => {
    const [kind, height, view] = [i % 2 === 0 ? SIGN : COMMIT, heightOf(i), i % 5] as const;
    const hash = new Uint8Array(randomBytes(32));
    const digest =
      kind === COMMIT
        ? commitDigest(member.suite, genesis, { height, round: view, hash })
        : signingDigest(member.suite, genesis, "pbftSign", [rlpUint(height), rlpUint(view), hash]);
    return pbftVote({ kind, height, view, hash, signature: member.sign(digest) });
  });
}

function voteFlood(name: string, does: string, heightOf: (i: number) => number): Attack {
  return {
    name,
    who: "sealer",
    does,
    async prepare(context) {
      const intruder = await intrude(context, "sealer");
      const all = votes(context, intruder, heightOf);
      let next = 0;
      return (signal) => flood(context, intruder, signal, () => ["consensus", all[next++ % all.length]!]);
    },
  };
}

export const sealerAttacks: readonly Attack[] = [
  voteFlood("stale-votes", "valid votes for heights that are long decided", () => 1),
  voteFlood("future-votes", "valid votes for blocks and heights that nobody proposed", (i) => 5 + (i % 10_000)),
];
