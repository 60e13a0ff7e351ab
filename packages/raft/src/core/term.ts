import type { Term } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";

/** Enters a higher term as a follower that has neither voted nor heard of a leader. Nothing of it needs the disk yet. */
export function enterTerm<P>(state: RaftState<P>, out: Out<P>, term: Term): void {
  if (term <= state.term) return;
  stopLeading(state, out);
  state.role = "follower";
  state.term = term;
  state.vote = null;
  state.leader = null;
}

/** Gives up leadership or candidacy within the term. */
export function stopLeading<P>(state: RaftState<P>, out: Out<P>): void {
  const { leading } = state;
  state.role = "follower";
  if (state.leader === state.config.self) state.leader = null;
  if (leading === null) return;
  state.leading = null;
  state.timer.restart();
  const unfinished = leading.proposing !== null || state.tail !== null;
  if (unfinished && !state.committing) out.note("info", "round-failed", { height: state.next, term: state.term });
}
