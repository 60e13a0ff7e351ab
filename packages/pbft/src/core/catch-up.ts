import type { Height, NodeId } from "@fb/types";
import type { PbftMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import { execute } from "./propose.ts";
import type { Requests } from "./requests.ts";
import type { HeightState } from "./state.ts";
import { withLock } from "./view-change.ts";

/** Ticks between two requests for the same body, and between two hints to sync about the same peer. */
export const RETRY_TICKS = 5;
/** The time between two requests doubles so often; {@link Requests} remembers what a peer is asked in minutes then. */
const MAX_DOUBLINGS = 5;

/** Repeats to one peer what we have durably said in the current view (SPEC 6.5). */
export function repeatTo<P>(s: HeightState<P>, out: Out<P>, peer: NodeId, withBlock: boolean): void {
  const { prepare, sign, commit, viewChange } = s.own;
  if (viewChange !== null) out.answer(peer, withLock(s, viewChange));
  if (withBlock && prepare !== null && prepare.view === s.view) out.answer(peer, prepare);
  if (sign !== null) out.answer(peer, sign);
  if (commit !== null) out.answer(peer, commit);
}

/** Nothing moves: repeats our votes to everybody and asks for theirs. Blocks only go out again to those who lack one. */
export function repeatVotes<P>(s: HeightState<P>, out: Out<P>): void {
  out.send("sealers", s.status());
  const { sign, commit, viewChange } = s.own;
  if (viewChange !== null && viewChange.view >= s.view) out.send("sealers", withLock(s, viewChange));
  if (sign !== null && sign.view === s.view) out.send("sealers", sign);
  if (commit !== null && commit.view === s.view) out.send("sealers", commit);
}

export function onFetch<P>(s: HeightState<P>, out: Out<P>, from: NodeId, hash: string): void {
  const executed = s.bodies.get(hash);
  if (executed !== undefined) out.answer(from, { type: "body", height: s.height, executed });
}

/** A body we asked `from` for; the codec has proven that it belongs to its hash. It may come too late to be of use. */
export function onBody<P>(
  s: HeightState<P>,
  out: Out<P>,
  from: NodeId,
  msg: Extract<PbftMsg<P>, { type: "body" }>,
): void {
  const { executed } = msg;
  if (s.fetching?.hash !== executed.hash) return;
  if (executed.proposal.height !== s.height || executed.proposal.parent !== s.head.hash) {
    out.reject(from, "BAD_PROPOSAL");
    return;
  }
  s.bodies.set(executed.hash, executed);
  s.fetching = null;
}

/**
 * SPEC 7.1: a decided or locked hash needs its body, executed here. Runs it when we have it, else asks those who signed
 * it, one after the other.
 */
export function obtainBody<P>(s: HeightState<P>, out: Out<P>, requests: Requests): void {
  const hash = s.decided?.hash ?? s.lock?.hash;
  if (s.self < 0 || hash === undefined || s.commitSent) return;
  const body = s.bodies.get(hash);
  if (body !== undefined) {
    s.fetching = null;
    if (!s.results.has(body.proposal.id)) execute(s, out, body.proposal, false);
    return;
  }
  // What runs now is most likely the very block.
  if (s.current !== null && s.results.get(s.current.proposal.id) === "running") return;
  if (s.fetching?.hash !== hash) s.fetching = { hash, asked: 0, wait: 0 };
  const { fetching } = s;
  if (fetching.wait > 0) return;
  const holders = s.decided?.certificate.signatures ?? s.lock!.signs;
  const others = holders.filter(({ sealer }) => sealer !== s.self);
  const holder = others[fetching.asked % others.length];
  if (holder === undefined) return;
  const round = Math.floor(fetching.asked / others.length);
  fetching.asked += 1;
  fetching.wait = RETRY_TICKS * 2 ** Math.min(round, MAX_DOUBLINGS);
  const peer = s.node(holder.sealer);
  requests.asked(peer, hash);
  out.send(peer, { type: "fetch", height: s.height, hash });
}

/** Peers that showed us a height above ours; tells sync, now and then. */
export class Ahead {
  /** Enough for every sealer of any group; a peer that is pushed out shows up again with its next message. */
  static readonly #MAX_PEERS = 512;
  readonly #peers = new Map<NodeId, { height: Height; wait: number }>();

  /** `peer` works on `height`, which is above ours. One ahead is normal for a moment, so sync is told a bit later. */
  seen<P>(out: Out<P>, peer: NodeId, height: Height, ours: Height): void {
    const known = this.#peers.get(peer);
    if (known !== undefined) {
      known.height = Math.max(known.height, height);
      return;
    }
    if (this.#peers.size >= Ahead.#MAX_PEERS) return;
    const far = height > ours + 1;
    this.#peers.set(peer, { height, wait: RETRY_TICKS });
    if (far) out.add({ type: "behind", height: height - 1, from: peer });
  }

  tick<P>(out: Out<P>): void {
    for (const [peer, state] of this.#peers) {
      state.wait -= 1;
      if (state.wait > 0) continue;
      state.wait = RETRY_TICKS;
      out.add({ type: "behind", height: state.height - 1, from: peer });
    }
  }

  knows(peer: NodeId): boolean {
    return this.#peers.has(peer);
  }

  reached(ours: Height): void {
    for (const [peer, { height }] of this.#peers) if (height <= ours) this.#peers.delete(peer);
  }
}
