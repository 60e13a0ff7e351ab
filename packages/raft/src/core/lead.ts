import type { Executed, Proposal } from "@fb/consensus/core";
import type { NodeId, Signature } from "@fb/types";
import { execute } from "./execution.ts";
import type { AppendMsg, AppendResponseMsg, Entry, StoredRecord } from "./messages.ts";
import type { Out } from "./out.ts";
import { Leadership, type RaftState } from "./state.ts";
import { stopLeading } from "./term.ts";

/** Blocks of its own that a leader may refuse in a row before somebody else should try (SPEC 4.7). */
const MAX_OWN_REFUSALS = 3;

/** SPEC 4.1: a block that we hold becomes one of our term; without one there is nothing to promise. */
export function becomeLeader<P>(s: RaftState<P>, out: Out<P>): void {
  const { tail, term } = s;
  s.role = "leader";
  s.leader = s.config.self;
  s.leading = new Leadership<P>(s.config);
  s.offer = null;
  s.granted.clear();
  out.note("info", "leader-elected", { height: s.next, term, tail: tail?.hash ?? null });
  if (tail !== null) storeAsLeader(s, out, tail.executed);
  else if (s.head.sealers.length > 1) out.send("sealers", append(s, null));
}

/** SPEC 4.2: on disk first, then to the others, with our own vote. */
function storeAsLeader<P>(s: RaftState<P>, out: Out<P>, executed: Executed<P>): void {
  const { hash } = executed;
  out.persist(store(s, executed), "sealers", append(s, { hash, executed }));
}

/** Holds a block of the next height as one of this term. The record has the block once. */
export function store<P>(s: RaftState<P>, executed: Executed<P>): StoredRecord<P> {
  const vote = { term: s.term, height: s.next, hash: executed.hash };
  const known = s.journaled.has(executed.hash);
  s.journaled.add(executed.hash);
  s.stored = { ...vote, executed };
  return { type: "stored", ...vote, executed: known ? null : executed };
}

function append<P>(s: RaftState<P>, entry: Entry<P> | null): AppendMsg<P> {
  return { type: "append", term: s.term, head: s.head.height, hash: s.head.hash, entry };
}

/** What a leader may say again: its block as far as it is durable, by name. */
function heartbeat<P>(s: RaftState<P>): AppendMsg<P> {
  const { durableTail } = s;
  return append(s, durableTail === null ? null : { hash: durableTail.hash, executed: null });
}

/** SPEC 4.3: one uncommitted block at a time. */
export function sealIfDue<P>(s: RaftState<P>, out: Out<P>): void {
  const { leading } = s;
  if (leading === null || s.tail !== null || leading.proposing !== null || s.committing) return;
  if (leading.sealRequested >= s.next || leading.sealWait > 0) return;
  leading.sealRequested = s.next;
  out.add({ type: "seal", height: s.next, round: s.term, parent: s.head.hash, sealer: s.self });
}

/** The sealer's block, for the term it was asked in. */
export function onSealed<P>(s: RaftState<P>, out: Out<P>, round: number, proposal: Proposal<P>): void {
  const { leading } = s;
  if (leading === null || round !== s.term || s.tail !== null || leading.proposing !== null) return;
  if (proposal.height !== s.next || proposal.parent !== s.head.hash || proposal.sealer !== s.self) return;
  leading.proposing = proposal;
  if (!s.results.has(proposal.id)) execute(s, out, proposal, true);
}

/** SPEC 4.3: what we executed ourselves becomes our tail. */
export function appendIfExecuted<P>(s: RaftState<P>, out: Out<P>): void {
  const { leading } = s;
  const proposal = leading?.proposing;
  if (!leading || !proposal) return;
  const result = s.results.get(proposal.id);
  if (result === undefined || result.type === "running") return;
  leading.proposing = null;
  if (result.type === "failed") {
    leading.sealRequested = 0;
    leading.sealWait = s.config.heartbeatTicks;
    out.note("warn", "proposal-refused", { height: s.next, term: s.term, code: result.code });
    out.note("info", "round-failed", { height: s.next, term: s.term });
    leading.refused += 1;
    if (leading.refused === MAX_OWN_REFUSALS) stopLeading(s, out);
    return;
  }
  storeAsLeader(s, out, result.executed);
}

/** Our tail is durable; `signature` is ours on it. */
export function ownAck<P>(s: RaftState<P>, hash: string, signature: Signature): void {
  s.leading?.acks.set(s.self, { hash, signature });
}

export function onAppendResponse<P>(
  s: RaftState<P>,
  out: Out<P>,
  from: NodeId,
  msg: AppendResponseMsg<P>,
  signature: Signature,
): void {
  const { leading } = s;
  if (leading === null || msg.term !== s.term) return;
  leading.heard.add(from);
  if (msg.head < s.head.height) tellDecided(s, out, from, msg);
  if (msg.head !== s.head.height) return;
  const { tail } = s;
  if (tail === null) return;
  const sealer = s.indexOf(from);
  if (msg.outcome === "stored" && msg.height === tail.height) {
    leading.refusals.delete(sealer);
    if (msg.hash === tail.hash) leading.acks.set(sealer, { hash: msg.hash, signature });
    else out.reject(from, "EQUIVOCATION");
  } else if (msg.outcome === "refused" && msg.height === tail.height) {
    leading.refusals.set(sealer, msg.hash);
  } else if (msg.outcome === "missing") {
    sendBody(s, out, from);
  }
}

/** The peer may have executed the very block, and lacks only the word that it is decided. */
function tellDecided<P>(s: RaftState<P>, out: Out<P>, to: NodeId, msg: AppendResponseMsg<P>): void {
  const { head, headCertificate } = s;
  if (msg.head + 1 !== head.height || headCertificate === null) return;
  out.send(to, { type: "decided", head: head.height, hash: head.hash, certificate: headCertificate });
}

function sendBody<P>(s: RaftState<P>, out: Out<P>, to: NodeId): void {
  const { bodyWait } = s.leading!;
  const { tail } = s;
  if (tail === null || s.durableTail === null || (bodyWait.get(to) ?? 0) > 0) return;
  bodyWait.set(to, s.config.heartbeatTicks);
  out.send(to, append(s, { hash: tail.hash, executed: tail.executed }));
}

/** A connection came up: the leader says at once where it is. */
export function greet<P>(s: RaftState<P>, out: Out<P>, peer: NodeId): void {
  if (s.leads && s.indexOf(peer) >= 0) out.send(peer, heartbeat(s));
}

export function leaderTick<P>(s: RaftState<P>, out: Out<P>): void {
  const leading = s.leading!;
  for (const [peer, wait] of leading.bodyWait) leading.bodyWait.set(peer, wait - 1);
  leading.sealWait = Math.max(0, leading.sealWait - 1);
  leading.heartbeat -= 1;
  leading.check -= 1;
  if (s.stall.stalled) {
    out.note("warn", "leader-stalled", { height: s.next, term: s.term });
    stopLeading(s, out);
    return;
  }
  if (leading.heartbeat <= 0) {
    leading.heartbeat = s.config.heartbeatTicks;
    if (s.head.sealers.length > 1) out.send("sealers", heartbeat(s));
  }
  if (leading.check <= 0) checkQuorum(s, out);
}

/** SPEC 3.5: a leader that a majority no longer answers leads nobody. */
function checkQuorum<P>(s: RaftState<P>, out: Out<P>): void {
  const leading = s.leading!;
  const others = [...leading.heard].filter((node) => s.indexOf(node) >= 0).length;
  leading.heard.clear();
  leading.check = s.config.maxElectTicks;
  if (others + 1 >= s.quorum) return;
  out.note("info", "quorum-lost", { height: s.next, term: s.term });
  stopLeading(s, out);
}
