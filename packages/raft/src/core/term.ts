import type { Term } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";

/** Enters a higher term as a follower that has neither voted nor heard of a leader. Nothing of it needs the disk yet. */
export function enterTerm<P>(s: RaftState<P>, out: Out<P>, term: Term): void {
  if (term <= s.term) return;
  stopLeading(s, out);
  s.role = "follower";
  s.term = term;
  s.vote = null;
  s.leader = null;
}

/** Gives up leadership or candidacy within the term. */
export function stopLeading<P>(s: RaftState<P>, out: Out<P>): void {
  const { leading } = s;
  s.role = "follower";
  if (s.leader === s.config.self) s.leader = null;
  if (leading === null) return;
  s.leading = null;
  s.timer.restart();
  const unfinished = leading.proposing !== null || s.tail !== null;
  if (unfinished && !s.committing) out.note("info", "round-failed", { height: s.next, term: s.term });
}
