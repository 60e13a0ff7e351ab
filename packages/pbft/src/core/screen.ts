import { IGNORE, type RejectCode, type Screened, TAKE } from "@fb/consensus/core";
import type { NodeId, SealerIndex } from "@fb/types";
import type { PbftHeading } from "./messages.ts";
import type { HeightState } from "./state.ts";

type Heading<M extends PbftHeading["type"]> = Extract<PbftHeading, { type: M }>;

/**
 * What need not be read or checked at the height being decided, because nothing would come of it (consensus SPEC 1.4).
 * Bodies are judged by the requests they answer, not here.
 */
export function screen<P>(s: HeightState<P>, from: NodeId, msg: PbftHeading): Screened {
  if (s.self < 0) return IGNORE;
  const sealer = s.indexOf(from);
  // A removed sealer answers those who still asked it with its Status.
  if (sealer < 0) return msg.type === "status" ? IGNORE : refuse("NOT_A_SEALER");
  switch (msg.type) {
    case "prepare":
      return screenPrepare(s, sealer, msg);
    case "sign":
    case "commit":
      return screenVote(s, sealer, msg);
    case "viewChange":
      return screenViewChange(s, sealer, msg);
    default:
      return TAKE;
  }
}

function screenPrepare<P>(s: HeightState<P>, sealer: SealerIndex, msg: Heading<"prepare">): Screened {
  const { view, justify } = msg;
  if (s.leader(view) !== sealer) return refuse("NOT_THE_LEADER");
  if (view < s.view) return s.learnsFrom(view) ? TAKE : refuse("STALE");
  const known = view === s.view ? s.current : s.early.get(sealer);
  if (known != null && known.view > view) return refuse("STALE");
  if (known != null && known.view === view) return second(s, sealer, known.proposal.id === msg.proposal.id);
  if (needsProof(s, justify)) return s.liars.has(sealer) ? refuse("BAD_CERTIFICATE") : TAKE;
  return view > s.view || s.lock === null || s.lock.hash === justify?.hash ? TAKE : refuse("LOCKED");
}

function screenVote<P>(s: HeightState<P>, sealer: SealerIndex, msg: Heading<"sign" | "commit">): Screened {
  const votes = msg.type === "sign" ? s.signs : s.commits;
  const known = votes.of(sealer, msg.view);
  if (known !== undefined) return second(s, sealer, known.hash === msg.hash);
  if (!votes.keeps(sealer, msg.view)) return refuse("STALE");
  // A lock at least as new, or a decision, has all that this vote could add.
  const settled = msg.type === "sign" ? s.lock !== null && s.lock.view >= msg.view : s.decided !== null;
  return settled ? IGNORE : TAKE;
}

function screenViewChange<P>(s: HeightState<P>, sealer: SealerIndex, msg: Heading<"viewChange">): Screened {
  if (needsProof(s, msg.lock)) return s.liars.has(sealer) ? refuse("BAD_CERTIFICATE") : TAKE;
  return msg.view > s.asked[sealer]! ? TAKE : IGNORE;
}

/** Whether a certificate would be verified: one that is not newer than our lock changes nothing. */
function needsProof<P>(s: HeightState<P>, cert: { readonly view: number } | null): boolean {
  return cert !== null && cert.view > (s.lock?.view ?? -1);
}

/** A second message where one counts. Another one is evidence, of which one piece per sealer and height will do. */
function second<P>(s: HeightState<P>, sealer: SealerIndex, same: boolean): Screened {
  if (same) return IGNORE;
  return s.liars.has(sealer) ? refuse("EQUIVOCATION") : TAKE;
}

export function refuse(code: RejectCode): Screened {
  return { take: false, code };
}
