import { reachedBy } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import { adoptLock } from "./adopt-lock.ts";
import type { ViewChangeMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import type { HeightState } from "./state.ts";

/** Promises that we want `view`; carries our lock. Never goes back. */
export function askForView<P>(s: HeightState<P>, out: Out<P>, view: number): void {
  if (!s.promises || view <= s.target) return;
  s.target = view;
  const { height, lock } = s;
  out.persist({ type: "view", height, view }, [{ type: "viewChange", height, view, lock }]);
}

/** A ViewChange of this height from another sealer. */
export function onViewChange<P>(s: HeightState<P>, out: Out<P>, from: NodeId, msg: ViewChangeMsg<P>): void {
  const sealer = s.indexOf(from);
  if (msg.lock !== null && !adoptLock(s, msg.lock)) {
    s.liars.add(sealer);
    out.reject(from, "BAD_CERTIFICATE");
    return;
  }
  // Whoever asks for what we have left behind has missed ours.
  const { viewChange } = s.own;
  if (viewChange !== null && msg.view < viewChange.view) out.answer(from, withLock(s, viewChange));
  s.asked[sealer] = Math.max(s.asked[sealer]!, msg.view);
}

/** Our ViewChange with the lock we have by now. */
export function withLock<P>(s: HeightState<P>, msg: ViewChangeMsg<P>): ViewChangeMsg<P> {
  return { ...msg, lock: s.lock };
}

/** SPEC 6.2: f + 1 sealers ahead of our wish pull it forward, because one of them is correct. */
export function joinIfDue<P>(s: HeightState<P>, out: Out<P>): void {
  askForView(s, out, reachedBy(s.asked, s.quorum.faulty + 1));
}

/** SPEC 6.3: the highest view that n - f sealers asked for is the view. True when it changed. */
export function enterIfDue<P>(s: HeightState<P>, out: Out<P>): boolean {
  const view = reachedBy(s.asked, s.quorum.needed);
  if (view <= s.view) return false;
  if (s.current !== null) {
    // An unfit proposal is no reason to wait longer for the next.
    if (!s.refused) s.proposalFailed(s.view);
    out.note("info", "round-failed", { height: s.height, view: s.view });
  }
  s.view = view;
  s.target = Math.max(s.target, view);
  s.current = null;
  s.refused = false;
  s.forgetRefusals();
  s.own.prepare = null;
  out.note("info", "view-entered", { height: s.height, view, leader: s.node(s.leader(view)) });
  return true;
}
