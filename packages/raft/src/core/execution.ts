import type { ExecOutcome, Proposal } from "@fb/consensus/core";
import type { Hex } from "@fb/types";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";

/** Executes over the head, once in a run unless it was refused as a fresh block and is another's by now. */
export function execute<P>(s: RaftState<P>, out: Out<P>, proposal: Proposal<P>, fresh: boolean): void {
  s.results.set(proposal.id, { type: "running", fresh });
  out.add({ type: "execute", key: proposal.id, proposal, fresh });
}

export function onExecuted<P>(s: RaftState<P>, out: Out<P>, id: Hex, outcome: ExecOutcome<P>): void {
  // Executed for a head that is no longer ours.
  const running = s.results.get(id);
  if (running?.type !== "running") return;
  if (!outcome.ok) {
    s.results.set(id, { type: "failed", code: outcome.code, fresh: running.fresh, term: s.term, tick: s.ticks });
    return;
  }
  const { executed } = outcome;
  s.results.set(id, { type: "done", executed });
  const { tail } = s;
  if (tail?.executed.proposal.id === id && tail.hash !== executed.hash) diverged(s, out, executed.hash, tail.hash);
}

/** SPEC 5.4: our data or program is wrong, or was when we signed. */
export function diverged<P>(s: RaftState<P>, out: Out<P>, ours: Hex, theirs: Hex): void {
  if (s.halted) return;
  s.halted = true;
  out.add({ type: "halt", code: "DIVERGED", height: s.next, ours, theirs });
}
