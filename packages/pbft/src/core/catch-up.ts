import type { NodeId } from "@fb/types";
import type { PbftMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import { execute } from "./propose.ts";
import type { Requests } from "./requests.ts";
import type { HeightState } from "./state.ts";
import { withLock } from "./view-change.ts";

/** Ticks between two requests for the same body. */
const RETRY_TICKS = 5;
/** The time between two requests doubles so often; {@link Requests} remembers what a peer is asked in minutes then. */
const MAX_DOUBLINGS = 5;

/** SPEC 6.5: asks the others where they are, and says again what the journal holds. `first`: after a restart. */
export function resume<P>(state: HeightState<P>, out: Out<P>, first: boolean): void {
  if (state.self < 0) return;
  if (first) out.send("sealers", state.status());
  if (state.own.viewChange !== null) out.send("sealers", state.own.viewChange);
  const { resumeSign } = state;
  if (resumeSign === null || !state.votes) return;
  const { height, view, hash } = resumeSign;
  // Signing the same again is no new promise; our own count needs the signature.
  out.persist({ type: "signed", height, view, hash, executed: null }, [resumeSign]);
  const body = state.bodies.get(hash);
  if (body !== undefined && !state.results.has(body.proposal.id)) execute(state, out, body.proposal, false);
}

/** A connection came up: tells the peer where we are and what it may have missed. */
export function greet<P>(state: HeightState<P>, out: Out<P>, peer: NodeId): void {
  if (state.self < 0 || state.indexOf(peer) < 0) return;
  out.send(peer, state.status());
  repeatTo(state, out, peer, true);
}

/** Repeats to one peer what we have durably said in the current view (SPEC 6.5). */
export function repeatTo<P>(state: HeightState<P>, out: Out<P>, peer: NodeId, withBlock: boolean): void {
  const { prepare, sign, commit, viewChange } = state.own;
  if (viewChange !== null) out.answer(peer, withLock(state, viewChange));
  if (withBlock && prepare !== null && prepare.view === state.view) out.answer(peer, prepare);
  if (sign !== null) out.answer(peer, sign);
  if (commit !== null) out.answer(peer, commit);
}

/** Nothing moves: repeats our votes to everybody and asks for theirs. Blocks only go out again to those who lack one. */
export function repeatVotes<P>(state: HeightState<P>, out: Out<P>): void {
  out.send("sealers", state.status());
  const { sign, commit, viewChange } = state.own;
  if (viewChange !== null && viewChange.view >= state.view) out.send("sealers", withLock(state, viewChange));
  if (sign !== null && sign.view === state.view) out.send("sealers", sign);
  if (commit !== null && commit.view === state.view) out.send("sealers", commit);
}

export function onFetch<P>(state: HeightState<P>, out: Out<P>, from: NodeId, hash: string): void {
  const executed = state.bodies.get(hash);
  if (executed !== undefined) out.answer(from, { type: "body", height: state.height, executed });
}

/** A body we asked `from` for; the codec has proven that it belongs to its hash. It may come too late to be of use. */
export function onBody<P>(
  state: HeightState<P>,
  out: Out<P>,
  from: NodeId,
  msg: Extract<PbftMsg<P>, { type: "body" }>,
): void {
  const { executed } = msg;
  if (state.fetching?.hash !== executed.hash) return;
  if (executed.proposal.height !== state.height || executed.proposal.parent !== state.head.hash) {
    out.reject(from, "BAD_PROPOSAL");
    return;
  }
  state.bodies.set(executed.hash, executed);
  state.fetching = null;
}

/**
 * SPEC 7.1: a decided or locked hash needs its body, executed here. Runs it when we have it, else asks those who signed
 * it, one after the other.
 */
export function obtainBody<P>(state: HeightState<P>, out: Out<P>, requests: Requests): void {
  const hash = state.decided?.hash ?? state.lock?.hash;
  if (state.self < 0 || hash === undefined || state.commitSent) return;
  const body = state.bodies.get(hash);
  if (body !== undefined) {
    state.fetching = null;
    if (!state.results.has(body.proposal.id)) execute(state, out, body.proposal, false);
    return;
  }
  // What runs now is most likely the very block.
  if (state.current !== null && state.results.get(state.current.proposal.id) === "running") return;
  if (state.fetching?.hash !== hash) state.fetching = { hash, asked: 0, wait: 0 };
  const { fetching } = state;
  if (fetching.wait > 0) return;
  const holders = state.decided?.certificate.signatures ?? state.lock!.signs;
  const others = holders.filter(({ sealer }) => sealer !== state.self);
  const holder = others[fetching.asked % others.length];
  if (holder === undefined) return;
  const round = Math.floor(fetching.asked / others.length);
  fetching.asked += 1;
  fetching.wait = RETRY_TICKS * 2 ** Math.min(round, MAX_DOUBLINGS);
  const peer = state.node(holder.sealer);
  requests.asked(peer, hash);
  out.send(peer, { type: "fetch", height: state.height, hash });
}
