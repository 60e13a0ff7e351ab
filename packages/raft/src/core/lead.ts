import type { Proposal } from "@fb/consensus/core";
import type { NodeId, Signature } from "@fb/types";
import { stopLeading } from "./election.ts";
import { execute } from "./execution.ts";
import type { AppendMsg, AppendResponseMsg, LogRecord } from "./messages.ts";
import type { Out } from "./out.ts";
import { Leadership, type RaftState } from "./state.ts";

/** SPEC 4.1: the log as it is, tail included, becomes the log of our term. */
export function becomeLeader<P>(s: RaftState<P>, out: Out<P>): void {
  s.role = "leader";
  s.leader = s.config.self;
  s.leading = new Leadership<P>(s.config);
  s.offer = null;
  s.granted.clear();
  const { tail, head, term } = s;
  s.log = tail === null ? { term, height: head.height, hash: head.hash, executed: null } : { ...tail, term };
  out.note("info", "leader-elected", { height: s.next, term, tail: tail?.hash ?? null });
  persistAsLeader(s, out);
}

/** SPEC 4.2: on disk first, then to the others, with our own vote. */
function persistAsLeader<P>(s: RaftState<P>, out: Out<P>): void {
  out.persist(logRecord(s), "sealers", append(s, s.log.height > s.head.height, true));
}

/** The record that makes `s.log` durable; the block goes in once. */
export function logRecord<P>(s: RaftState<P>): LogRecord<P> {
  const { term, height, hash, executed } = s.log;
  const known = executed === null || s.journaled.has(hash);
  if (executed !== null) s.journaled.add(hash);
  return { k: "log", term, height, hash, executed: known ? null : executed };
}

function append<P>(s: RaftState<P>, withTail: boolean, withBody: boolean): AppendMsg<P> {
  const { hash, executed } = s.log;
  const entry = withTail ? { hash, executed: withBody ? executed : null } : null;
  return { m: "append", term: s.term, head: s.head.height, hash: s.head.hash, entry };
}

/** What we may say again: our log of this term as far as it is durable. Null when nothing of it is. */
function durableAppend<P>(s: RaftState<P>, withBody: boolean): AppendMsg<P> | null {
  if (s.durable.term !== s.term) return null;
  return append(s, s.durable.height === s.next, withBody);
}

/** SPEC 4.3: one uncommitted block at a time. */
export function sealIfDue<P>(s: RaftState<P>, out: Out<P>): void {
  const { leading } = s;
  if (leading === null || s.tail !== null || leading.proposing !== null || s.committing) return;
  if (leading.sealRequested >= s.next || leading.sealWait > 0) return;
  leading.sealRequested = s.next;
  out.add({ t: "seal", height: s.next, round: s.term, parent: s.head.hash, sealer: s.self });
}

/** The sealer's block, for the term it was asked in. */
export function onSealed<P>(s: RaftState<P>, out: Out<P>, round: number, proposal: Proposal<P>): void {
  const { leading } = s;
  if (leading === null || round !== s.term || s.tail !== null || leading.proposing !== null) return;
  if (proposal.height !== s.next || proposal.parent !== s.head.hash || proposal.sealer !== s.self) return;
  leading.proposing = proposal;
  execute(s, out, proposal);
}

/** SPEC 4.3: what we executed ourselves becomes our tail. */
export function appendIfExecuted<P>(s: RaftState<P>, out: Out<P>): void {
  const { leading } = s;
  const proposal = leading?.proposing;
  if (!leading || !proposal) return;
  const result = s.results.get(proposal.id);
  if (result === undefined || result.s === "running") return;
  leading.proposing = null;
  if (result.s === "failed") {
    leading.sealRequested = 0;
    leading.sealWait = s.config.heartbeatTicks;
    out.note("warn", "proposal-refused", { height: s.next, term: s.term, code: result.code });
    out.note("info", "round-failed", { height: s.next, term: s.term });
    return;
  }
  const { executed } = result;
  s.log = { term: s.term, height: s.next, hash: executed.hash, executed };
  persistAsLeader(s, out);
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
    if (msg.hash === tail.hash) leading.acks.set(sealer, { hash: msg.hash, signature });
    else out.reject(from, "EQUIVOCATION");
  } else if (msg.outcome === "refused" && msg.height === tail.height) {
    leading.refusals.set(sealer, msg.hash);
  } else if (msg.outcome !== "working") {
    sendBody(s, out, from);
  }
}

/** The peer may have executed the very block, and lacks only the word that it is decided. */
function tellDecided<P>(s: RaftState<P>, out: Out<P>, to: NodeId, msg: AppendResponseMsg<P>): void {
  const { head, headCertificate } = s;
  if (msg.head + 1 !== head.height || headCertificate === null) return;
  out.send(to, { m: "decided", head: head.height, hash: head.hash, certificate: headCertificate });
}

function sendBody<P>(s: RaftState<P>, out: Out<P>, to: NodeId): void {
  const { bodyWait } = s.leading!;
  if ((bodyWait.get(to) ?? 0) > 0) return;
  const msg = durableAppend(s, true);
  if (msg === null || msg.entry === null) return;
  bodyWait.set(to, s.config.heartbeatTicks);
  out.send(to, msg);
}

/** A connection came up: the leader says at once where it is. */
export function greet<P>(s: RaftState<P>, out: Out<P>, peer: NodeId): void {
  const msg = s.leads && s.indexOf(peer) >= 0 ? durableAppend(s, false) : null;
  if (msg !== null) out.send(peer, msg);
}

export function leaderTick<P>(s: RaftState<P>, out: Out<P>): void {
  const leading = s.leading!;
  for (const [peer, wait] of leading.bodyWait) leading.bodyWait.set(peer, wait - 1);
  leading.sealWait = Math.max(0, leading.sealWait - 1);
  leading.heartbeat -= 1;
  leading.check -= 1;
  if (leading.heartbeat <= 0) {
    leading.heartbeat = s.config.heartbeatTicks;
    const msg = s.head.sealers.length > 1 ? durableAppend(s, false) : null;
    if (msg !== null) out.send("sealers", msg);
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
