import type { Executed } from "@fb/consensus/core";
import type { Hex, NodeId } from "@fb/types";
import { execute } from "./execution.ts";
import { store } from "./lead.ts";
import type { AppendMsg, AppendOutcome, AppendResponseMsg, CommitVote } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";
import { enterTerm } from "./term.ts";

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
  if (entry === null) return false;
  if (tail?.hash === entry.hash) return tail.term < s.term && storeAsFollower(s, out, tail.executed);
  if (tail?.term === s.term) {
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
  if (result === undefined || s.mayJudgeAgain(result)) {
    execute(s, out, proposal, true);
    return true;
  }
  if (result.type !== "done" || result.executed.hash !== hash) return false;
  return storeAsFollower(s, out, result.executed);
}

/** The leader's block is ours now; the leader is told when it is durable. */
function storeAsFollower<P>(s: RaftState<P>, out: Out<P>, executed: Executed<P>): boolean {
  if (s.silent) return false;
  const record = store(s, executed);
  out.persist(record, s.leader!, answer(s, "stored", record));
  return true;
}

function answer<P>(s: RaftState<P>, outcome: AppendOutcome, block: Omit<CommitVote, "term">): AppendResponseMsg<P> {
  const { height, hash } = block;
  return { type: "appendResponse", term: s.term, head: s.head.height, outcome, height, hash };
}

/** Where we are, promising nothing that is not durable. */
function response<P>(s: RaftState<P>): AppendResponseMsg<P> {
  const { offer, head, durableTail } = s;
  const entry = offer?.term === s.term && offer.head === head.height && !s.silent ? offer.entry : null;
  if (entry === null) return answer(s, "working", head);
  if (durableTail !== null) return answer(s, "stored", durableTail);
  if (s.tail?.hash === entry.hash) return answer(s, "working", head);
  if (entry.executed === null) return answer(s, "missing", head);
  const result = s.results.get(entry.executed.proposal.id);
  if (result?.type === "failed") return answer(s, "refused", { height: s.next, hash: head.hash });
  if (result?.type === "done") return answer(s, "refused", { height: s.next, hash: result.executed.hash });
  return answer(s, "working", head);
}
