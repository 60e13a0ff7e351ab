import { IGNORE, type RejectCode, type Screened, TAKE } from "@fb/consensus/core";
import type { NodeId, SealerIndex } from "@fb/types";
import type { PbftHeading } from "./messages.ts";
import type { HeightState } from "./state.ts";

type Heading<M extends PbftHeading["type"]> = Extract<PbftHeading, { type: M }>;

/**
 * What need not be read or checked at the height being decided, because nothing would come of it (consensus SPEC 1.4).
 * Bodies are judged by the requests they answer, not here.
 */
export function screen<P>(state: HeightState<P>, from: NodeId, msg: PbftHeading): Screened {
  if (state.self < 0) return IGNORE;
  const sealer = state.indexOf(from);
  // A removed sealer answers those who still asked it with its Status.
  if (sealer < 0) return msg.type === "status" ? IGNORE : refuse("NOT_A_SEALER");
  switch (msg.type) {
    case "prepare":
      return screenPrepare(state, sealer, msg);
    case "sign":
    case "commit":
      return screenVote(state, sealer, msg);
    case "viewChange":
      return screenViewChange(state, sealer, msg);
    default:
      return TAKE;
  }
}

function screenPrepare<P>(state: HeightState<P>, sealer: SealerIndex, msg: Heading<"prepare">): Screened {
  const { view, justify } = msg;
  if (state.leader(view) !== sealer) return refuse("NOT_THE_LEADER");
  if (view < state.view) return state.learnsFrom(view) ? TAKE : refuse("STALE");
  const known = view === state.view ? state.current : state.early.get(sealer);
  if (known != null && known.view > view) return refuse("STALE");
  if (known != null && known.view === view) return second(state, sealer, known.proposal.id === msg.proposal.id);
  if (needsProof(state, justify)) return state.faultySealers.has(sealer) ? refuse("BAD_CERTIFICATE") : TAKE;
  return view > state.view || state.lock === null || state.lock.hash === justify?.hash ? TAKE : refuse("LOCKED");
}

function screenVote<P>(state: HeightState<P>, sealer: SealerIndex, msg: Heading<"sign" | "commit">): Screened {
  const votes = msg.type === "sign" ? state.signs : state.commits;
  const known = votes.of(sealer, msg.view);
  if (known !== undefined) return second(state, sealer, known.hash === msg.hash);
  if (!votes.keeps(sealer, msg.view)) return refuse("STALE");
  // A lock at least as new, or a decision, has all that this vote could add.
  const settled = msg.type === "sign" ? state.lock !== null && state.lock.view >= msg.view : state.decided !== null;
  return settled ? IGNORE : TAKE;
}

function screenViewChange<P>(state: HeightState<P>, sealer: SealerIndex, msg: Heading<"viewChange">): Screened {
  if (needsProof(state, msg.lock)) return state.faultySealers.has(sealer) ? refuse("BAD_CERTIFICATE") : TAKE;
  return msg.view > state.asked[sealer]! ? TAKE : IGNORE;
}

/** Whether a certificate would be verified: one that is not newer than our lock changes nothing. */
function needsProof<P>(state: HeightState<P>, cert: { readonly view: number } | null): boolean {
  return cert !== null && cert.view > (state.lock?.view ?? -1);
}

/** A second message where one counts. Another one is evidence, of which one piece per sealer and height will do. */
function second<P>(state: HeightState<P>, sealer: SealerIndex, same: boolean): Screened {
  if (same) return IGNORE;
  return state.faultySealers.has(sealer) ? refuse("EQUIVOCATION") : TAKE;
}

export function refuse(code: RejectCode): Screened {
  return { take: false, code };
}
