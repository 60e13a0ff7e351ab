import type { Executed, Proposal } from "@fb/consensus/core";
import type { NodeId, Signature } from "@fb/types";
import { execute } from "./execution.ts";
import type { AppendMsg, AppendResponseMsg, LogEntry, StoredRecord } from "./messages.ts";
import type { Out } from "./out.ts";
import { Leadership, type RaftState } from "./state.ts";
import { stopLeading } from "./term.ts";

/** Blocks of its own that a leader may refuse in a row before somebody else should try (SPEC 4.7). */
const MAX_OWN_REFUSALS = 3;

/** SPEC 4.1: a block that we hold becomes one of our term; without one there is nothing to promise. */
export function becomeLeader<P>(state: RaftState<P>, out: Out<P>): void {
  const { tail, term } = state;
  state.role = "leader";
  state.leader = state.config.self;
  state.leading = new Leadership<P>(state.config);
  state.offer = null;
  state.granted.clear();
  out.note("info", "leader-elected", { height: state.next, term, tail: tail?.hash ?? null });
  if (tail !== null) storeAsLeader(state, out, tail.executed);
  else if (state.head.sealers.length > 1) out.send("sealers", append(state, null));
}

/** SPEC 4.2: on disk first, then to the others, with our own vote. */
function storeAsLeader<P>(state: RaftState<P>, out: Out<P>, executed: Executed<P>): void {
  const { hash } = executed;
  out.persist(store(state, executed), "sealers", append(state, { hash, executed }));
}

/** Holds a block of the next height as one of this term. The record has the block once. */
export function store<P>(state: RaftState<P>, executed: Executed<P>): StoredRecord<P> {
  const vote = { term: state.term, height: state.next, hash: executed.hash };
  const known = state.journaled.has(executed.hash);
  state.journaled.add(executed.hash);
  state.stored = { ...vote, executed };
  return { type: "stored", ...vote, executed: known ? null : executed };
}

function append<P>(state: RaftState<P>, entry: LogEntry<P> | null): AppendMsg<P> {
  return { type: "append", term: state.term, head: state.head.height, hash: state.head.hash, entry };
}

/** What a leader may say again: its block as far as it is durable, by name. */
function heartbeat<P>(state: RaftState<P>): AppendMsg<P> {
  const { durableTail } = state;
  return append(state, durableTail === null ? null : { hash: durableTail.hash, executed: null });
}

/** SPEC 4.3: one uncommitted block at a time. */
export function sealIfDue<P>(state: RaftState<P>, out: Out<P>): void {
  const { leading } = state;
  if (leading === null || state.tail !== null || leading.proposing !== null || state.committing) return;
  if (leading.sealRequested >= state.next || leading.sealWait > 0) return;
  leading.sealRequested = state.next;
  out.add({ type: "seal", height: state.next, round: state.term, parent: state.head.hash, sealer: state.self });
}

/** The sealer's block, for the term it was asked in. */
export function onSealed<P>(state: RaftState<P>, out: Out<P>, round: number, proposal: Proposal<P>): void {
  const { leading } = state;
  if (leading === null || round !== state.term || state.tail !== null || leading.proposing !== null) return;
  if (proposal.height !== state.next || proposal.parent !== state.head.hash || proposal.sealer !== state.self) return;
  leading.proposing = proposal;
  if (!state.results.has(proposal.id)) execute(state, out, proposal, true);
}

/** SPEC 4.3: what we executed ourselves becomes our tail. */
export function appendIfExecuted<P>(state: RaftState<P>, out: Out<P>): void {
  const { leading } = state;
  const proposal = leading?.proposing;
  if (!leading || !proposal) return;
  const result = state.results.get(proposal.id);
  if (result === undefined || result.type === "running") return;
  leading.proposing = null;
  if (result.type === "failed") {
    leading.sealRequested = 0;
    leading.sealWait = state.config.heartbeatTicks;
    out.note("warn", "proposal-refused", { height: state.next, term: state.term, code: result.code });
    out.note("info", "round-failed", { height: state.next, term: state.term });
    leading.refused += 1;
    if (leading.refused === MAX_OWN_REFUSALS) stopLeading(state, out);
    return;
  }
  storeAsLeader(state, out, result.executed);
}

/** Our tail is durable; `signature` is ours on it. */
export function ownAck<P>(state: RaftState<P>, hash: string, signature: Signature): void {
  state.leading?.acks.set(state.self, { hash, signature });
}

export function onAppendResponse<P>(
  state: RaftState<P>,
  out: Out<P>,
  from: NodeId,
  msg: AppendResponseMsg<P>,
  signature: Signature,
): void {
  const { leading } = state;
  if (leading === null || msg.term !== state.term) return;
  leading.heard.add(from);
  if (msg.head < state.head.height) tellDecided(state, out, from, msg);
  if (msg.head !== state.head.height) return;
  const { tail } = state;
  if (tail === null) return;
  const sealer = state.indexOf(from);
  if (msg.outcome === "stored" && msg.height === tail.height) {
    leading.refusals.delete(sealer);
    if (msg.hash === tail.hash) leading.acks.set(sealer, { hash: msg.hash, signature });
    else out.reject(from, "EQUIVOCATION");
  } else if (msg.outcome === "refused" && msg.height === tail.height) {
    leading.refusals.set(sealer, msg.hash);
  } else if (msg.outcome === "missing") {
    sendBody(state, out, from);
  }
}

/** The peer may have executed the very block, and lacks only the word that it is decided. */
function tellDecided<P>(state: RaftState<P>, out: Out<P>, to: NodeId, msg: AppendResponseMsg<P>): void {
  const { head, headCertificate } = state;
  if (msg.head + 1 !== head.height || headCertificate === null) return;
  out.send(to, { type: "decided", head: head.height, hash: head.hash, certificate: headCertificate });
}

function sendBody<P>(state: RaftState<P>, out: Out<P>, to: NodeId): void {
  const { bodyWait } = state.leading!;
  const { tail } = state;
  if (tail === null || state.durableTail === null || (bodyWait.get(to) ?? 0) > 0) return;
  bodyWait.set(to, state.config.heartbeatTicks);
  out.send(to, append(state, { hash: tail.hash, executed: tail.executed }));
}

/** A connection came up: the leader says at once where it is. */
export function greet<P>(state: RaftState<P>, out: Out<P>, peer: NodeId): void {
  if (state.leads && state.indexOf(peer) >= 0) out.send(peer, heartbeat(state));
}

export function leaderTick<P>(state: RaftState<P>, out: Out<P>): void {
  const leading = state.leading!;
  for (const [peer, wait] of leading.bodyWait) leading.bodyWait.set(peer, wait - 1);
  leading.sealWait = Math.max(0, leading.sealWait - 1);
  leading.heartbeat -= 1;
  leading.check -= 1;
  if (state.stall.stalled) {
    out.note("warn", "leader-stalled", { height: state.next, term: state.term });
    stopLeading(state, out);
    return;
  }
  if (leading.heartbeat <= 0) {
    leading.heartbeat = state.config.heartbeatTicks;
    if (state.head.sealers.length > 1) out.send("sealers", heartbeat(state));
  }
  if (leading.check <= 0) checkQuorum(state, out);
}

/** SPEC 3.5: a leader that a majority no longer answers leads nobody. */
function checkQuorum<P>(state: RaftState<P>, out: Out<P>): void {
  const leading = state.leading!;
  const others = [...leading.heard].filter((node) => state.indexOf(node) >= 0).length;
  leading.heard.clear();
  leading.check = state.config.maxElectTicks;
  if (others + 1 >= state.quorum) return;
  out.note("info", "quorum-lost", { height: state.next, term: state.term });
  stopLeading(state, out);
}
