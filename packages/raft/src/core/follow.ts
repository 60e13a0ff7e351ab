import type { Executed } from "@fb/consensus/core";
import type { Hex, NodeId } from "@fb/types";
import { enterTerm } from "./election.ts";
import { execute } from "./execution.ts";
import { logRecord } from "./lead.ts";
import type { LogEnd } from "./log.ts";
import type { AppendMsg, AppendOutcome, AppendResponseMsg, CommitVote } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";

/** A leader's log, or a part of it that was its log a moment ago. Answered when what it makes us do is done, or at once. */
export function onAppend<P>(s: RaftState<P>, out: Out<P>, from: NodeId, msg: AppendMsg<P>): void {
  enterTerm(s, out, msg.term);
  if (msg.term < s.term) {
    out.send(from, response(s));
    return;
  }
  if (s.leads || (s.leader !== null && s.leader !== from)) {
    out.reject(from, "NOT_THE_LEADER");
    return;
  }
  s.role = "follower";
  s.leader = from;
  s.timer.heard();
  s.offer = withKnownBody(msg, s.offer);
  if (!follow(s, out)) out.send(from, response(s));
}

/** A leader that only names its block has mostly sent it before. */
function withKnownBody<P>(msg: AppendMsg<P>, before: AppendMsg<P> | null): AppendMsg<P> {
  if (msg.entry === null || msg.entry.executed !== null || before?.entry?.hash !== msg.entry.hash) return msg;
  return { ...msg, entry: before.entry };
}

/** SPEC 4.4: takes over the leader's log as far as it fits on our head. True when that started something. */
export function follow<P>(s: RaftState<P>, out: Out<P>): boolean {
  const { offer, head, tail } = s;
  if (offer === null || s.role !== "follower" || offer.term !== s.term || offer.head !== head.height) return false;
  if (offer.hash !== head.hash) {
    out.note("warn", "other-chain", { height: head.height, ours: head.hash, theirs: offer.hash, leader: s.leader });
    s.offer = null;
    return false;
  }
  const { entry } = offer;
  const marked = s.log.term === s.term;
  if (entry === null) return !marked && accept(s, out, { height: head.height, hash: head.hash, executed: null });
  if (tail !== null && tail.hash === entry.hash && tail.executed !== null) return !marked && accept(s, out, tail);
  if (tail !== null && marked) {
    out.reject(s.leader!, "EQUIVOCATION");
    s.offer = null;
    return false;
  }
  return entry.executed !== null && executeEntry(s, out, entry.hash, entry.executed);
}

function executeEntry<P>(s: RaftState<P>, out: Out<P>, hash: Hex, claimed: Executed<P>): boolean {
  const { proposal } = claimed;
  if (proposal.height !== s.next || proposal.parent !== s.head.hash || proposal.sealer >= s.head.sealers.length) {
    out.reject(s.leader!, "BAD_PROPOSAL");
    s.offer = null;
    return false;
  }
  const result = s.results.get(proposal.id);
  if (result === undefined) {
    execute(s, out, proposal);
    return true;
  }
  if (result.s !== "done" || result.executed.hash !== hash) return false;
  return accept(s, out, { height: s.next, hash, executed: result.executed });
}

/** The log of this term's leader is ours now; the leader is told when it is durable. */
function accept<P>(s: RaftState<P>, out: Out<P>, end: Omit<LogEnd<P>, "term">): boolean {
  if (s.silent) return false;
  const { height, hash, executed } = end;
  s.log = { term: s.term, height, hash, executed };
  out.persist(logRecord(s), s.leader!, answer(s, "stored", s.log));
  return true;
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
