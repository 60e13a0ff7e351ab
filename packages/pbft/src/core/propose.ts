import { type Proposal, reachedBy } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import { adoptLock } from "./adopt-lock.ts";
import type { LockCert, PrepareMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import type { HeightState } from "./state.ts";
import { askForView } from "./view-change.ts";

/** SPEC 4.4: a leader proposes once per view, the locked block if there is one, else a fresh one from the sealer. */
export function leadIfDue<P>(s: HeightState<P>, out: Out<P>): void {
  if (!s.leads || s.lastProposed >= s.view || s.current !== null || s.decided !== null) return;
  if (s.view > 0 && reachedBy(s.asked, s.quorum.needed) < s.view) return;
  if (s.lock === null) {
    if (s.sealRequestedFor === s.view) return;
    s.sealRequestedFor = s.view;
    out.add({ type: "seal", height: s.height, round: s.view, parent: s.head.hash, sealer: s.self });
    return;
  }
  if (s.lock.view >= s.view) return;
  const body = s.bodies.get(s.lock.hash);
  if (body !== undefined) propose(s, out, body.proposal, s.lock);
}

/**
 * SPEC 6.7: a leader whose execution hangs asks for the next view: waiting for it would only cost the others time. True
 * when it did.
 */
export function stepAsideIfDue<P>(s: HeightState<P>, out: Out<P>): boolean {
  const next = s.view + 1;
  if (s.stalled === null || !s.isLeader || s.leader(next) === s.self || s.target >= next) return false;
  askForView(s, out, next);
  return true;
}

/** The sealer's block. Dropped when the view has moved on or a lock has appeared meanwhile. */
export function onSealed<P>(s: HeightState<P>, out: Out<P>, view: number, proposal: Proposal<P>): void {
  if (!s.leads || view !== s.view || s.lastProposed >= view || s.lock !== null || s.decided !== null) return;
  if (proposal.height !== s.height || proposal.parent !== s.head.hash || proposal.sealer !== s.self) return;
  propose(s, out, proposal, null);
}

function propose<P>(s: HeightState<P>, out: Out<P>, proposal: Proposal<P>, justify: LockCert | null): void {
  const { height, view } = s;
  const prepare: PrepareMsg<P> = { type: "prepare", height, view, proposal, justify };
  s.lastProposed = view;
  out.persist({ type: "proposed", height, view, id: proposal.id }, [prepare]);
  accept(s, out, prepare);
}

/** A Prepare for this height from the leader of its view. Its other claims are unchecked. */
export function onPrepare<P>(s: HeightState<P>, out: Out<P>, from: NodeId, msg: PrepareMsg<P>): void {
  const sealer = s.indexOf(from);
  if (!fits(s, sealer, msg)) {
    out.reject(from, "BAD_PROPOSAL");
    return;
  }
  if (msg.view < s.view) {
    // There was a proposal, only too slow for our wait.
    s.proposalFailed(msg.view);
    out.reject(from, "STALE");
    return;
  }
  const known = msg.view === s.view ? s.current : s.early.get(sealer);
  if (known != null && known.view === msg.view) twoProposals(s, out, from, known, msg);
  else if (msg.view > s.view) s.early.set(sealer, msg);
  else consider(s, out, from, msg);
}

/** Takes up the Prepare that came before we entered its view, and forgets those of views behind us. */
export function considerEarly<P>(s: HeightState<P>, out: Out<P>): void {
  for (const [sealer, msg] of s.early) {
    if (msg.view > s.view) continue;
    s.early.delete(sealer);
    if (msg.view === s.view && s.current === null) consider(s, out, s.node(sealer), msg);
  }
}

/** SPEC 4.5: what a Prepare must be, apart from its certificate and its content. */
function fits<P>(s: HeightState<P>, sealer: number, msg: PrepareMsg<P>): boolean {
  const { proposal, justify } = msg;
  if (proposal.height !== s.height || proposal.parent !== s.head.hash) return false;
  if (justify === null) return proposal.sealer === sealer;
  return proposal.sealer < s.n && justify.height === s.height && justify.view < msg.view;
}

function consider<P>(s: HeightState<P>, out: Out<P>, from: NodeId, msg: PrepareMsg<P>): void {
  if (msg.justify !== null && !adoptLock(s, msg.justify)) {
    s.liars.add(s.indexOf(from));
    out.reject(from, "BAD_CERTIFICATE");
    return;
  }
  // The lock is now at least as new as the justification; a block for another hash cannot get our vote.
  if (s.lock !== null && s.lock.hash !== msg.justify?.hash) {
    out.reject(from, "LOCKED");
    return;
  }
  accept(s, out, msg);
}

function accept<P>(s: HeightState<P>, out: Out<P>, msg: PrepareMsg<P>): void {
  s.current = msg;
  s.refused = false;
  const state = s.results.get(msg.proposal.id);
  if (state === "refused") refuse(s, out, "PROPOSAL_REFUSED");
  else if (state === undefined) execute(s, out, msg.proposal, msg.justify === null);
}

export function execute<P>(s: HeightState<P>, out: Out<P>, proposal: Proposal<P>, fresh: boolean): void {
  s.results.set(proposal.id, "running");
  if (fresh) s.runningFresh.add(proposal.id);
  out.add({ type: "execute", key: proposal.id, proposal, fresh });
}

/**
 * The current proposal is unfit: this view cannot get our vote, so ask for the next at once. Once every sealer has had
 * its turn in vain, the time-out sets the pace.
 */
export function refuse<P>(s: HeightState<P>, out: Out<P>, code: "PROPOSAL_REFUSED" | "JUSTIFY_MISMATCH"): void {
  s.refused = true;
  const leader = s.leader(s.view);
  if (leader !== s.self) out.reject(s.node(leader), code);
  if (s.view < s.n) askForView(s, out, s.view + 1);
}

function twoProposals<P>(s: HeightState<P>, out: Out<P>, from: NodeId, a: PrepareMsg<P>, b: PrepareMsg<P>): void {
  s.liars.add(s.indexOf(from));
  out.reject(from, "EQUIVOCATION");
  const { height } = s;
  out.note("warn", "equivocation", { from, kind: "prepare", height, view: b.view, a: a.proposal.id, b: b.proposal.id });
}
