import type { Executed } from "@fb/consensus/core";
import type { Hex, NodeId } from "@fb/types";
import { execute } from "./execution.ts";
import { store } from "./lead.ts";
import type { AppendMsg, AppendOutcome, AppendResponseMsg, CommitVote } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";
import { enterTerm } from "./term.ts";

/** A leader's log, or a part of it that was its log a moment ago. Answered when what it makes us do is done, or at once. */
export function onAppend<P>(state: RaftState<P>, out: Out<P>, from: NodeId, msg: AppendMsg<P>): void {
  enterTerm(state, out, msg.term);
  if (msg.term < state.term) {
    out.send(from, response(state));
    return;
  }
  if (state.leads || (state.leader !== null && state.leader !== from)) {
    out.reject(from, "NOT_THE_LEADER");
    return;
  }
  state.role = "follower";
  state.leader = from;
  state.timer.heard();
  state.offer = withKnownBody(msg, state.offer);
  if (!follow(state, out)) out.send(from, response(state));
}

/** A leader that only names its block has mostly sent it before. */
function withKnownBody<P>(msg: AppendMsg<P>, before: AppendMsg<P> | null): AppendMsg<P> {
  if (msg.entry === null || msg.entry.executed !== null || before?.entry?.hash !== msg.entry.hash) return msg;
  return { ...msg, entry: before.entry };
}

/** SPEC 4.4: takes over the leader's log as far as it fits on our head. True when that started something. */
export function follow<P>(state: RaftState<P>, out: Out<P>): boolean {
  const { offer, head, tail } = state;
  if (offer === null || state.role !== "follower" || offer.term !== state.term || offer.head !== head.height)
    return false;
  if (offer.hash !== head.hash) {
    out.note("warn", "other-chain", { height: head.height, ours: head.hash, theirs: offer.hash, leader: state.leader });
    state.offer = null;
    return false;
  }
  const { entry } = offer;
  if (entry === null) return false;
  if (tail?.hash === entry.hash) return tail.term < state.term && storeAsFollower(state, out, tail.executed);
  if (tail?.term === state.term) {
    out.reject(state.leader!, "EQUIVOCATION");
    state.offer = null;
    return false;
  }
  return entry.executed !== null && executeEntry(state, out, entry.hash, entry.executed);
}

function executeEntry<P>(state: RaftState<P>, out: Out<P>, hash: Hex, claimed: Executed<P>): boolean {
  const { proposal } = claimed;
  if (
    proposal.height !== state.next ||
    proposal.parent !== state.head.hash ||
    proposal.sealer >= state.head.sealers.length
  ) {
    out.reject(state.leader!, "BAD_PROPOSAL");
    state.offer = null;
    return false;
  }
  const result = state.results.get(proposal.id);
  if (result === undefined || state.mayJudgeAgain(result)) {
    execute(state, out, proposal, true);
    return true;
  }
  if (result.type !== "done" || result.executed.hash !== hash) return false;
  return storeAsFollower(state, out, result.executed);
}

/** The leader's block is ours now; the leader is told when it is durable. */
function storeAsFollower<P>(state: RaftState<P>, out: Out<P>, executed: Executed<P>): boolean {
  if (state.silent) return false;
  const record = store(state, executed);
  out.persist(record, state.leader!, answer(state, "stored", record));
  return true;
}

function answer<P>(state: RaftState<P>, outcome: AppendOutcome, block: Omit<CommitVote, "term">): AppendResponseMsg<P> {
  const { height, hash } = block;
  return { type: "appendResponse", term: state.term, head: state.head.height, outcome, height, hash };
}

/** Where we are, promising nothing that is not durable. */
function response<P>(state: RaftState<P>): AppendResponseMsg<P> {
  const { offer, head, durableTail } = state;
  const entry = offer?.term === state.term && offer.head === head.height && !state.silent ? offer.entry : null;
  if (entry === null) return answer(state, "working", head);
  if (durableTail !== null) return answer(state, "stored", durableTail);
  if (state.tail?.hash === entry.hash) return answer(state, "working", head);
  if (entry.executed === null) return answer(state, "missing", head);
  const result = state.results.get(entry.executed.proposal.id);
  if (result?.type === "failed") return answer(state, "refused", { height: state.next, hash: head.hash });
  if (result?.type === "done") return answer(state, "refused", { height: state.next, hash: result.executed.hash });
  return answer(state, "working", head);
}
