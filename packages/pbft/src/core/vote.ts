import type { ExecOutcome } from "@fb/consensus/core";
import { type Hex, invariant, type NodeId, type Signature, toHex } from "@fb/types";
import { maySign, proves } from "./lock.ts";
import type { LockCert, VoteMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import { execute, refuse } from "./propose.ts";
import type { HeightState } from "./state.ts";

/** Counts a vote that was not screened off, ours included. The signature is valid for `from`. */
export function onVote<P>(
  state: HeightState<P>,
  out: Out<P>,
  from: NodeId,
  msg: VoteMsg<P>,
  signature: Signature,
): void {
  const sealer = state.indexOf(from);
  const votes = msg.type === "sign" ? state.signs : state.commits;
  const first = votes.of(sealer, msg.view);
  if (first !== undefined) {
    state.faultySealers.add(sealer);
    out.reject(from, "EQUIVOCATION");
    out.note("warn", "equivocation", {
      from,
      kind: msg.type,
      height: state.height,
      view: msg.view,
      a: first.hash,
      b: msg.hash,
      aSignature: toHex(first.signature),
      bSignature: toHex(signature),
    });
    return;
  }
  votes.add(sealer, msg.view, { hash: msg.hash, signature });
  if (msg.type === "sign") lockIfQuorum(state, out, msg.view, msg.hash);
  else decideIfQuorum(state, msg.view, msg.hash);
}

/** SPEC 4.8: n - f Commits of one view decide, and are kept as they are. */
function decideIfQuorum<P>(state: HeightState<P>, view: number, hash: Hex): void {
  if (state.decided !== null) return;
  const signatures = state.commits.collect(view, hash);
  if (signatures.length >= state.quorum.needed) state.decided = { hash, certificate: { round: view, signatures } };
}

/** SPEC 5.1: n - f Signs are a lock. A Commit follows only in the view we are in, see `commitIfDue`. */
function lockIfQuorum<P>(state: HeightState<P>, out: Out<P>, view: number, hash: Hex): void {
  if (state.lock !== null && state.lock.view >= view) return;
  const signs = state.signs.collect(view, hash);
  if (signs.length < state.quorum.needed) return;
  state.lock = { height: state.height, view, hash, signs };
  commitIfDue(state, out);
}

/** SPEC 4.7: in the view of our lock, with the locked hash executed by ourselves. */
function mayCommit<P>(state: HeightState<P>): boolean {
  return (
    state.lock?.view === state.view && state.lastCommitted < state.view && state.executedAs(state.lock.hash) !== null
  );
}

export function commitIfDue<P>(state: HeightState<P>, out: Out<P>): void {
  if (state.promises && mayCommit(state)) commit(state, out, state.lock!);
}

function commit<P>(state: HeightState<P>, out: Out<P>, cert: LockCert): void {
  state.lastCommitted = cert.view;
  state.journaledLock = cert.view;
  const { height, view, hash } = cert;
  out.persist({ type: "locked", height, cert }, [{ type: "commit", height, view, hash }]);
}

/** SPEC 4.6: one Sign per view, for what we executed ourselves, unless a lock forbids it. */
export function signIfDue<P>(state: HeightState<P>, out: Out<P>): void {
  const { current } = state;
  if (current === null || state.refused || state.lastSigned >= state.view || !state.promises) return;
  const result = state.resultOf(current.proposal.id);
  if (result === null) return;
  if (current.justify !== null && current.justify.hash !== result.hash) {
    refuse(state, out, "JUSTIFY_MISMATCH");
    return;
  }
  if (!maySign(state.lock, state.view, result.hash)) return;
  state.lastSigned = state.view;
  const { height, view } = state;
  const executed = state.journaled.has(result.hash) ? null : result;
  state.journaled.add(result.hash);
  out.persist({ type: "signed", height, view, hash: result.hash, executed }, [
    { type: "sign", height, view, hash: result.hash },
  ]);
}

export function onExecuted<P>(state: HeightState<P>, out: Out<P>, id: Hex, outcome: ExecOutcome<P>): void {
  if (state.results.get(id) !== "running") return;
  out.stalls.end("execute", id);
  const wasFresh = state.runningFresh.delete(id);
  if (outcome.ok) {
    const { executed } = outcome;
    state.results.set(id, executed);
    if (!contradicts(state, out, id, executed.hash)) state.bodies.set(executed.hash, executed);
    return;
  }
  // A fresh proposal may have been refused for its time alone; otherwise asking again now gives the same (SPEC 7.5).
  if (wasFresh) state.results.delete(id);
  else state.results.set(id, "refused");
  const { current } = state;
  const waitsFor = current !== null && current.proposal.id === id && !state.refused;
  if (waitsFor && wasFresh && current.justify !== null) {
    execute(state, out, current.proposal, false);
    return;
  }
  out.note("warn", "proposal-refused", { height: state.height, view: state.view, code: outcome.code });
  if (waitsFor) refuse(state, out, "PROPOSAL_REFUSED");
}

/** SPEC 7.3: a body proven to be that of a decided hash, or signed by us before, gives another hash here: we are wrong. */
function contradicts<P>(state: HeightState<P>, out: Out<P>, id: Hex, ours: Hex): boolean {
  for (const [hash, body] of state.bodies) {
    if (body.proposal.id !== id || hash === ours) continue;
    if (state.decided?.hash !== hash && !state.journaled.has(hash)) continue;
    out.add({ type: "halt", code: "DIVERGED", height: state.height, ours, theirs: hash });
    return true;
  }
  return false;
}

/** SPEC 4.8: the certificate goes with the block we executed ourselves, once it is seen to prove the decision. */
export function storeIfDue<P>(state: HeightState<P>, out: Out<P>): void {
  if (state.decided === null || state.commitSent) return;
  const { hash, certificate } = state.decided;
  if (state.executedAs(hash) === null) {
    const body = state.bodies.get(hash);
    const result = body === undefined ? null : state.resultOf(body.proposal.id);
    if (result !== null) contradicts(state, out, body!.proposal.id, result.hash);
    return;
  }
  const vote = { height: state.height, view: certificate.round, hash };
  const proven = proves("commit", vote, certificate.signatures, state.head.sealers, state.config.verifyVote);
  invariant(proven, "a decision without a valid certificate", vote);
  state.commitSent = true;
  out.add({ type: "commit", height: state.height, hash, certificate });
}
