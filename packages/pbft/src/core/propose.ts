import { type Proposal, reachedBy } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import { adoptLock } from "./adopt-lock.ts";
import type { LockCert, PrepareMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import type { HeightState } from "./state.ts";
import { askForView } from "./view-change.ts";

/** SPEC 4.4: a leader proposes once per view, the locked block if there is one, else a fresh one from the sealer. */
export function leadIfDue<P>(state: HeightState<P>, out: Out<P>): void {
  if (!state.leads || state.lastProposed >= state.view || state.current !== null || state.decided !== null) return;
  if (state.view > 0 && reachedBy(state.asked, state.quorum.needed) < state.view) return;
  if (state.lock === null) {
    if (state.sealRequestedFor === state.view) return;
    state.sealRequestedFor = state.view;
    out.add({ type: "seal", height: state.height, round: state.view, parent: state.head.hash, sealer: state.self });
    return;
  }
  if (state.lock.view >= state.view) return;
  const body = state.bodies.get(state.lock.hash);
  if (body !== undefined) propose(state, out, body.proposal, state.lock);
}

/**
 * SPEC 6.7: a leader whose execution hangs asks for the next view: waiting for it would only cost the others time. True
 * when it did.
 */
export function stepAsideIfDue<P>(state: HeightState<P>, out: Out<P>): boolean {
  const next = state.view + 1;
  if (state.stalled === null || !state.isLeader || state.leader(next) === state.self || state.target >= next)
    return false;
  askForView(state, out, next);
  return true;
}

/** The sealer's block. Dropped when the view has moved on or a lock has appeared meanwhile. */
export function onSealed<P>(state: HeightState<P>, out: Out<P>, view: number, proposal: Proposal<P>): void {
  if (
    !state.leads ||
    view !== state.view ||
    state.lastProposed >= view ||
    state.lock !== null ||
    state.decided !== null
  )
    return;
  if (proposal.height !== state.height || proposal.parent !== state.head.hash || proposal.sealer !== state.self) return;
  propose(state, out, proposal, null);
}

function propose<P>(state: HeightState<P>, out: Out<P>, proposal: Proposal<P>, justify: LockCert | null): void {
  const { height, view } = state;
  const prepare: PrepareMsg<P> = { type: "prepare", height, view, proposal, justify };
  state.lastProposed = view;
  out.persist({ type: "proposed", height, view, id: proposal.id }, [prepare]);
  accept(state, out, prepare);
}

/** A Prepare for this height from the leader of its view. Its other claims are unchecked. */
export function onPrepare<P>(state: HeightState<P>, out: Out<P>, from: NodeId, msg: PrepareMsg<P>): void {
  const sealer = state.indexOf(from);
  if (!fits(state, sealer, msg)) {
    out.reject(from, "BAD_PROPOSAL");
    return;
  }
  if (msg.view < state.view) {
    // There was a proposal, only too slow for our wait.
    state.proposalFailed(msg.view);
    out.reject(from, "STALE");
    return;
  }
  const known = msg.view === state.view ? state.current : state.early.get(sealer);
  if (known != null && known.view === msg.view) twoProposals(state, out, from, known, msg);
  else if (msg.view > state.view) state.early.set(sealer, msg);
  else consider(state, out, from, msg);
}

/** Takes up the Prepare that came before we entered its view, and forgets those of views behind us. */
export function considerEarly<P>(state: HeightState<P>, out: Out<P>): void {
  for (const [sealer, msg] of state.early) {
    if (msg.view > state.view) continue;
    state.early.delete(sealer);
    if (msg.view === state.view && state.current === null) consider(state, out, state.node(sealer), msg);
  }
}

/** SPEC 4.5: what a Prepare must be, apart from its certificate and its content. */
function fits<P>(state: HeightState<P>, sealer: number, msg: PrepareMsg<P>): boolean {
  const { proposal, justify } = msg;
  if (proposal.height !== state.height || proposal.parent !== state.head.hash) return false;
  if (justify === null) return proposal.sealer === sealer;
  return proposal.sealer < state.n && justify.height === state.height && justify.view < msg.view;
}

function consider<P>(state: HeightState<P>, out: Out<P>, from: NodeId, msg: PrepareMsg<P>): void {
  if (msg.justify !== null && !adoptLock(state, msg.justify)) {
    state.faultySealers.add(state.indexOf(from));
    out.reject(from, "BAD_CERTIFICATE");
    return;
  }
  // The lock is now at least as new as the justification; a block for another hash cannot get our vote.
  if (state.lock !== null && state.lock.hash !== msg.justify?.hash) {
    out.reject(from, "LOCKED");
    return;
  }
  accept(state, out, msg);
}

function accept<P>(state: HeightState<P>, out: Out<P>, msg: PrepareMsg<P>): void {
  state.current = msg;
  state.refused = false;
  const result = state.results.get(msg.proposal.id);
  if (result === "refused") refuse(state, out, "PROPOSAL_REFUSED");
  else if (result === undefined) execute(state, out, msg.proposal, msg.justify === null);
}

export function execute<P>(state: HeightState<P>, out: Out<P>, proposal: Proposal<P>, fresh: boolean): void {
  state.results.set(proposal.id, "running");
  if (fresh) state.runningFresh.add(proposal.id);
  out.add({ type: "execute", key: proposal.id, proposal, fresh });
}

/**
 * The current proposal is unfit: this view cannot get our vote, so ask for the next at once. Once every sealer has had
 * its turn in vain, the time-out sets the pace.
 */
export function refuse<P>(state: HeightState<P>, out: Out<P>, code: "PROPOSAL_REFUSED" | "JUSTIFY_MISMATCH"): void {
  state.refused = true;
  const leader = state.leader(state.view);
  if (leader !== state.self) out.reject(state.node(leader), code);
  if (state.view < state.n) askForView(state, out, state.view + 1);
}

function twoProposals<P>(state: HeightState<P>, out: Out<P>, from: NodeId, a: PrepareMsg<P>, b: PrepareMsg<P>): void {
  state.faultySealers.add(state.indexOf(from));
  out.reject(from, "EQUIVOCATION");
  const { height } = state;
  out.note("warn", "equivocation", { from, kind: "prepare", height, view: b.view, a: a.proposal.id, b: b.proposal.id });
}
