import type { ExecOutcome } from "@fb/consensus/core";
import { type Hex, invariant, type NodeId, type Signature, toHex } from "@fb/types";
import { maySign, proves } from "./lock.ts";
import type { LockCert, VoteMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import { execute, refuse } from "./propose.ts";
import type { HeightState } from "./state.ts";

/** Counts a vote that was not screened off, ours included. The signature is valid for `from`. */
export function onVote<P>(s: HeightState<P>, out: Out<P>, from: NodeId, msg: VoteMsg<P>, signature: Signature): void {
  const sealer = s.indexOf(from);
  const votes = msg.type === "sign" ? s.signs : s.commits;
  const first = votes.of(sealer, msg.view);
  if (first !== undefined) {
    s.liars.add(sealer);
    out.reject(from, "EQUIVOCATION");
    out.note("warn", "equivocation", {
      from,
      kind: msg.type,
      height: s.height,
      view: msg.view,
      a: first.hash,
      b: msg.hash,
      aSignature: toHex(first.signature),
      bSignature: toHex(signature),
    });
    return;
  }
  votes.add(sealer, msg.view, { hash: msg.hash, signature });
  if (msg.type === "sign") lockIfQuorum(s, out, msg.view, msg.hash);
  else decideIfQuorum(s, msg.view, msg.hash);
}

/** SPEC 4.8: n - f Commits of one view decide, and are kept as they are. */
function decideIfQuorum<P>(s: HeightState<P>, view: number, hash: Hex): void {
  if (s.decided !== null) return;
  const signatures = s.commits.collect(view, hash);
  if (signatures.length >= s.quorum.needed) s.decided = { hash, certificate: { round: view, signatures } };
}

/** SPEC 5.1: n - f Signs are a lock. A Commit follows only in the view we are in, see `commitIfDue`. */
function lockIfQuorum<P>(s: HeightState<P>, out: Out<P>, view: number, hash: Hex): void {
  if (s.lock !== null && s.lock.view >= view) return;
  const signs = s.signs.collect(view, hash);
  if (signs.length < s.quorum.needed) return;
  s.lock = { height: s.height, view, hash, signs };
  commitIfDue(s, out);
}

/** SPEC 4.7: in the view of our lock, with the locked hash executed by ourselves. */
function mayCommit<P>(s: HeightState<P>): boolean {
  return s.lock?.view === s.view && s.lastCommitted < s.view && s.executedAs(s.lock.hash) !== null;
}

export function commitIfDue<P>(s: HeightState<P>, out: Out<P>): void {
  if (s.promises && mayCommit(s)) commit(s, out, s.lock!);
}

function commit<P>(s: HeightState<P>, out: Out<P>, cert: LockCert): void {
  s.lastCommitted = cert.view;
  s.journaledLock = cert.view;
  const { height, view, hash } = cert;
  out.persist({ type: "locked", height, cert }, [{ type: "commit", height, view, hash }]);
}

/** SPEC 4.6: one Sign per view, for what we executed ourselves, unless a lock forbids it. */
export function signIfDue<P>(s: HeightState<P>, out: Out<P>): void {
  const { current } = s;
  if (current === null || s.refused || s.lastSigned >= s.view || !s.promises) return;
  const result = s.resultOf(current.proposal.id);
  if (result === null) return;
  if (current.justify !== null && current.justify.hash !== result.hash) {
    refuse(s, out, "JUSTIFY_MISMATCH");
    return;
  }
  if (!maySign(s.lock, s.view, result.hash)) return;
  s.lastSigned = s.view;
  const { height, view } = s;
  const executed = s.journaled.has(result.hash) ? null : result;
  s.journaled.add(result.hash);
  out.persist({ type: "signed", height, view, hash: result.hash, executed }, [
    { type: "sign", height, view, hash: result.hash },
  ]);
}

export function onExecuted<P>(s: HeightState<P>, out: Out<P>, id: Hex, outcome: ExecOutcome<P>): void {
  if (s.results.get(id) !== "running") return;
  out.stalls.end("execute", id);
  const wasFresh = s.runningFresh.delete(id);
  if (outcome.ok) {
    const { executed } = outcome;
    s.results.set(id, executed);
    if (!contradicts(s, out, id, executed.hash)) s.bodies.set(executed.hash, executed);
    return;
  }
  // A fresh proposal may have been refused for its time alone; otherwise asking again now gives the same (SPEC 7.5).
  if (wasFresh) s.results.delete(id);
  else s.results.set(id, "refused");
  const { current } = s;
  const waitsFor = current !== null && current.proposal.id === id && !s.refused;
  if (waitsFor && wasFresh && current.justify !== null) {
    execute(s, out, current.proposal, false);
    return;
  }
  out.note("warn", "proposal-refused", { height: s.height, view: s.view, code: outcome.code });
  if (waitsFor) refuse(s, out, "PROPOSAL_REFUSED");
}

/** SPEC 7.3: a body proven to be that of a decided hash, or signed by us before, gives another hash here: we are wrong. */
function contradicts<P>(s: HeightState<P>, out: Out<P>, id: Hex, ours: Hex): boolean {
  for (const [hash, body] of s.bodies) {
    if (body.proposal.id !== id || hash === ours) continue;
    if (s.decided?.hash !== hash && !s.journaled.has(hash)) continue;
    out.add({ type: "halt", code: "DIVERGED", height: s.height, ours, theirs: hash });
    return true;
  }
  return false;
}

/** SPEC 4.8: the certificate goes with the block we executed ourselves, once it is seen to prove the decision. */
export function storeIfDue<P>(s: HeightState<P>, out: Out<P>): void {
  if (s.decided === null || s.commitSent) return;
  const { hash, certificate } = s.decided;
  if (s.executedAs(hash) === null) {
    const body = s.bodies.get(hash);
    const result = body === undefined ? null : s.resultOf(body.proposal.id);
    if (result !== null) contradicts(s, out, body!.proposal.id, result.hash);
    return;
  }
  const vote = { height: s.height, view: certificate.round, hash };
  const proven = proves("commit", vote, certificate.signatures, s.head.sealers, s.config.verifyVote);
  invariant(proven, "a decision without a valid certificate", vote);
  s.commitSent = true;
  out.add({ type: "commit", height: s.height, hash, certificate });
}
