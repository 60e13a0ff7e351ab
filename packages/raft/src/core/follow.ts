import type { Executed } from "@fb/consensus/core";
import type { Hex, NodeId } from "@fb/types";
import { enterTerm } from "./election.ts";
import { execute } from "./execution.ts";
import { logRecord } from "./lead.ts";
import type { AppendMsg, AppendOutcome, AppendResponseMsg, CommitVote } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";

/** A leader's log, or a part of it that was its log a moment ago. Answered once; a promise follows when it is durable. */
export function onAppend<P>(s: RaftState<P>, out: Out<P>, from: NodeId, msg: AppendMsg<P>): void {
  enterTerm(s, out, msg.term);
  if (msg.term === s.term) {
    if (s.leads || (s.leader !== null && s.leader !== from)) {
      out.reject(from, "NOT_THE_LEADER");
      return;
    }
    s.role = "follower";
    s.leader = from;
    s.timer.heard();
    s.offer = withKnownBody(msg, s.offer);
    follow(s, out);
  }
  out.send(from, response(s));
}

/** A leader that only names its block has mostly sent it before. */
function withKnownBody<P>(msg: AppendMsg<P>, before: AppendMsg<P> | null): AppendMsg<P> {
  if (msg.entry === null || msg.entry.executed !== null || before?.entry?.hash !== msg.entry.hash) return msg;
  return { ...msg, entry: before.entry };
}

/** SPEC 4.4: takes over the leader's log as far as it fits on our head. */
export function follow<P>(s: RaftState<P>, out: Out<P>): void {
  const { offer, head } = s;
  if (offer === null || s.role !== "follower" || offer.term !== s.term || offer.head !== head.height) return;
  if (offer.hash !== head.hash) {
    out.note("warn", "other-chain", { height: head.height, ours: head.hash, theirs: offer.hash, leader: s.leader });
    s.offer = null;
    return;
  }
  const { entry } = offer;
  if (entry === null) {
    if (s.log.term < s.term) accept(s, out, { height: head.height, hash: head.hash, executed: null });
    return;
  }
  const { tail } = s;
  if (tail !== null && tail.hash === entry.hash && tail.executed !== null) {
    if (s.log.term < s.term) accept(s, out, tail);
    return;
  }
  if (tail !== null && s.log.term === s.term) {
    out.reject(s.leader!, "EQUIVOCATION");
    s.offer = null;
    return;
  }
  if (entry.executed !== null) executeEntry(s, out, entry.hash, entry.executed);
}

function executeEntry<P>(s: RaftState<P>, out: Out<P>, hash: Hex, claimed: Executed<P>): void {
  const { proposal } = claimed;
  if (proposal.height !== s.next || proposal.parent !== s.head.hash || proposal.sealer >= s.head.sealers.length) {
    out.reject(s.leader!, "BAD_PROPOSAL");
    s.offer = null;
    return;
  }
  const result = s.results.get(proposal.id);
  if (result === undefined) execute(s, out, proposal);
  else if (result.s === "done" && result.executed.hash === hash) {
    accept(s, out, { height: s.next, hash, executed: result.executed });
  }
}

/** The log of this term's leader is ours now; the leader is told when it is durable. */
function accept<P>(s: RaftState<P>, out: Out<P>, end: Omit<RaftState<P>["log"], "term">): void {
  if (s.silent) return;
  const { height, hash, executed } = end;
  s.log = { term: s.term, height, hash, executed };
  out.persist(logRecord(s), s.leader!, answer(s, "stored", s.log));
}

function answer<P>(s: RaftState<P>, outcome: AppendOutcome, end: Omit<CommitVote, "term">): AppendResponseMsg<P> {
  const { height, hash } = end;
  return { m: "appendResponse", term: s.term, head: s.head.height, outcome, height, hash };
}

/** Where we are, promising nothing that is not durable. */
function response<P>(s: RaftState<P>): AppendResponseMsg<P> {
  const { offer, head, durable } = s;
  if (offer === null || offer.term !== s.term || offer.head !== head.height || s.silent) {
    return answer(s, "working", head);
  }
  const { entry } = offer;
  const stored = durable.term === s.term;
  if (entry === null) return answer(s, stored ? "stored" : "working", head);
  if (stored && durable.height === s.next) return answer(s, "stored", durable);
  if (s.tail?.hash === entry.hash && s.log.term === s.term) return answer(s, "working", head);
  if (entry.executed === null) return answer(s, "missing", head);
  const result = s.results.get(entry.executed.proposal.id);
  if (result?.s === "failed") return answer(s, "refused", { height: s.next, hash: head.hash });
  if (result?.s === "done") return answer(s, "refused", { height: s.next, hash: result.executed.hash });
  return answer(s, "working", head);
}
