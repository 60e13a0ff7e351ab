import type { ExecOutcome, Proposal } from "@fb/consensus/core";
import type { Hex } from "@fb/types";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";

/** Executes over the head, once in a run unless it was refused as a fresh block and is another's by now. */
export function execute<P>(state: RaftState<P>, out: Out<P>, proposal: Proposal<P>, fresh: boolean): void {
  state.results.set(proposal.id, { type: "running", fresh });
  out.add({ type: "execute", key: proposal.id, proposal, fresh });
}

export function onExecuted<P>(state: RaftState<P>, out: Out<P>, id: Hex, outcome: ExecOutcome<P>): void {
  // Executed for a head that is no longer ours.
  const running = state.results.get(id);
  if (running?.type !== "running") return;
  if (!outcome.ok) {
    state.results.set(id, {
      type: "failed",
      code: outcome.code,
      fresh: running.fresh,
      term: state.term,
      tick: state.ticks,
    });
    return;
  }
  const { executed } = outcome;
  state.results.set(id, { type: "done", executed });
  const { tail } = state;
  if (tail?.executed.proposal.id === id && tail.hash !== executed.hash) diverged(state, out, executed.hash, tail.hash);
}

/** SPEC 5.4: our data or program is wrong, or was when we signed. */
export function diverged<P>(state: RaftState<P>, out: Out<P>, ours: Hex, theirs: Hex): void {
  if (state.halted) return;
  state.halted = true;
  out.add({ type: "halt", code: "DIVERGED", height: state.next, ours, theirs });
}
