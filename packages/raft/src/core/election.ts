import type { NodeId } from "@fb/types";
import { becomeLeader } from "./lead.ts";
import type { Term, VoteRequestMsg, VoteResponseMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";
import { enterTerm } from "./term.ts";

/** SPEC 3.2: asks whether a campaign would succeed; nobody promises anything yet. */
export function preCampaign<P>(state: RaftState<P>, out: Out<P>): void {
  state.timer.restart();
  state.leader = null;
  state.role = "precandidate";
  state.granted.clear();
  state.granted.add(state.config.self);
  if (campaignIfDue(state, out)) return;
  out.send("sealers", request(state, state.term + 1, true));
}

function campaignIfDue<P>(state: RaftState<P>, out: Out<P>): boolean {
  if (state.role !== "precandidate" || state.granted.size < state.quorum) return false;
  state.term += 1;
  state.vote = state.config.self;
  state.role = "candidate";
  state.granted.clear();
  out.note("info", "campaign", { height: state.next, term: state.term });
  out.persist({ type: "vote", term: state.term, vote: state.vote }, "sealers", request(state, state.term, false));
  return true;
}

/** Counts a vote; ours comes when it is durable. */
export function addVote<P>(state: RaftState<P>, out: Out<P>, term: Term, from: NodeId): void {
  if (state.role !== "candidate" || term !== state.term) return;
  state.granted.add(from);
  if (state.granted.size >= state.quorum) becomeLeader(state, out);
}

function request<P>(state: RaftState<P>, term: Term, pre: boolean): VoteRequestMsg<P> {
  return { type: "voteRequest", term, pre, ...state.position };
}

export function onVoteRequest<P>(state: RaftState<P>, out: Out<P>, from: NodeId, msg: VoteRequestMsg<P>): void {
  const { pre } = msg;
  const answer = (granted: boolean): VoteResponseMsg<P> => {
    return { type: "voteResponse", term: granted ? msg.term : state.term, head: state.head.height, pre, granted };
  };
  // SPEC 3.4: while its leader is fresh, a node neither votes nor follows into another term.
  const leaderIsFresh = state.leads || (state.leader !== null && state.leader !== from && state.timer.leaderIsFresh);
  if (msg.term < state.term || (leaderIsFresh && msg.term > state.term)) {
    out.send(from, answer(false));
    return;
  }
  if (!pre) enterTerm(state, out, msg.term);
  const free = state.vote === from || (state.vote === null && state.leader === null);
  const fits = state.isUpToDate(msg);
  if (!fits) out.reject(from, "STALE_LOG");
  if (state.silent || !fits || !(free || msg.term > state.term)) {
    out.send(from, answer(false));
    return;
  }
  if (pre) {
    grantPreVote(state, out, from, answer(true));
    return;
  }
  state.vote = from;
  state.timer.restart();
  out.persist({ type: "vote", term: state.term, vote: from }, from, answer(true));
}

/** SPEC 3.2: what terms there may be must not be forgotten, because whoever recovers asks for it (SPEC 7.5). */
function grantPreVote<P>(state: RaftState<P>, out: Out<P>, to: NodeId, answer: VoteResponseMsg<P>): void {
  const { term } = answer;
  state.heard = Math.max(state.heard, term);
  if (term <= state.durableHeard) out.send(to, answer);
  else out.persist({ type: "heard", term: state.heard }, to, answer);
}

export function onVoteResponse<P>(state: RaftState<P>, out: Out<P>, from: NodeId, msg: VoteResponseMsg<P>): void {
  if (!msg.granted) {
    if (msg.term > state.term) enterTerm(state, out, msg.term);
    return;
  }
  if (!msg.pre) {
    addVote(state, out, msg.term, from);
    return;
  }
  if (state.role !== "precandidate" || msg.term !== state.term + 1) return;
  state.granted.add(from);
  campaignIfDue(state, out);
}
