import { reachedBy } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import { adoptLock } from "./adopt-lock.ts";
import type { ViewChangeMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import type { HeightState } from "./state.ts";

/** Promises that we want `view`; carries our lock. Never goes back. */
export function askForView<P>(state: HeightState<P>, out: Out<P>, view: number): void {
  if (!state.promises || view <= state.target) return;
  state.target = view;
  const { height, lock } = state;
  out.persist({ type: "view", height, view }, [{ type: "viewChange", height, view, lock }]);
}

/** A ViewChange of this height from another sealer. */
export function onViewChange<P>(state: HeightState<P>, out: Out<P>, from: NodeId, msg: ViewChangeMsg<P>): void {
  const sealer = state.indexOf(from);
  if (msg.lock !== null && !adoptLock(state, msg.lock)) {
    state.faultySealers.add(sealer);
    out.reject(from, "BAD_CERTIFICATE");
    return;
  }
  // Whoever asks for what we have left behind has missed ours.
  const { viewChange } = state.own;
  if (viewChange !== null && msg.view < viewChange.view) out.answer(from, withLock(state, viewChange));
  state.asked[sealer] = Math.max(state.asked[sealer]!, msg.view);
}

/** Our ViewChange with the lock we have by now. */
export function withLock<P>(state: HeightState<P>, msg: ViewChangeMsg<P>): ViewChangeMsg<P> {
  return { ...msg, lock: state.lock };
}

/** SPEC 6.2: f + 1 sealers ahead of our wish pull it forward, because one of them is correct. */
export function joinIfDue<P>(state: HeightState<P>, out: Out<P>): void {
  askForView(state, out, reachedBy(state.asked, state.quorum.faulty + 1));
}

/** SPEC 6.3: the highest view that n - f sealers asked for is the view. True when it changed. */
export function enterIfDue<P>(state: HeightState<P>, out: Out<P>): boolean {
  const view = reachedBy(state.asked, state.quorum.needed);
  if (view <= state.view) return false;
  if (state.current !== null) {
    // An unfit proposal is no reason to wait longer for the next.
    if (!state.refused) state.proposalFailed(state.view);
    out.note("info", "round-failed", { height: state.height, view: state.view });
  }
  state.view = view;
  state.target = Math.max(state.target, view);
  state.current = null;
  state.refused = false;
  state.forgetRefusals();
  state.own.prepare = null;
  out.note("info", "view-entered", { height: state.height, view, leader: state.node(state.leader(view)) });
  return true;
}
