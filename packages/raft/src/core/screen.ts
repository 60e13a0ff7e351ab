import { IGNORE, type Screened, TAKE } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import type { RaftHeading } from "./messages.ts";
import type { RaftState } from "./state.ts";

/** What need not be read or checked, because nothing would come of it (consensus SPEC 1.4). */
export function screen<P>(state: RaftState<P>, from: NodeId, msg: RaftHeading): Screened {
  // What shows a head above ours is of interest whoever sends it.
  if (msg.head > state.head.height) return TAKE;
  if (state.self < 0) return IGNORE;
  if (state.indexOf(from) < 0) return { take: false, code: "NOT_A_SEALER" };
  switch (msg.type) {
    case "voteResponse":
      if (!msg.granted) return msg.term > state.term ? TAKE : IGNORE;
      return state.role === (msg.pre ? "precandidate" : "candidate") ? TAKE : IGNORE;
    case "appendResponse":
      return msg.term > state.term || (state.leads && msg.term === state.term) ? TAKE : IGNORE;
    case "recoverResponse":
      return state.recovery?.run === msg.run && !state.recovery.persisting ? TAKE : IGNORE;
    case "decided":
      return IGNORE;
    default:
      return TAKE;
  }
}
