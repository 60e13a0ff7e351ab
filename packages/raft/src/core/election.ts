import type { NodeId } from "@fb/types";
import { becomeLeader } from "./lead.ts";
import type { Term, VoteRequestMsg, VoteResponseMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";
import { enterTerm } from "./term.ts";

/** SPEC 3.2: asks whether a campaign would succeed; nobody promises anything yet. */
export function preCampaign<P>(s: RaftState<P>, out: Out<P>): void {
  s.timer.restart();
  s.leader = null;
  s.role = "precandidate";
  s.granted.clear();
  s.granted.add(s.config.self);
  if (campaignIfDue(s, out)) return;
  out.send("sealers", request(s, s.term + 1, true));
}

function campaignIfDue<P>(s: RaftState<P>, out: Out<P>): boolean {
  if (s.role !== "precandidate" || s.granted.size < s.quorum) return false;
  s.term += 1;
  s.vote = s.config.self;
  s.role = "candidate";
  s.granted.clear();
  out.note("info", "campaign", { height: s.next, term: s.term });
  out.persist({ type: "vote", term: s.term, vote: s.vote }, "sealers", request(s, s.term, false));
  return true;
}

/** Counts a vote; ours comes when it is durable. */
export function addVote<P>(s: RaftState<P>, out: Out<P>, term: Term, from: NodeId): void {
  if (s.role !== "candidate" || term !== s.term) return;
  s.granted.add(from);
  if (s.granted.size >= s.quorum) becomeLeader(s, out);
}

function request<P>(s: RaftState<P>, term: Term, pre: boolean): VoteRequestMsg<P> {
  return { type: "voteRequest", term, pre, ...s.position };
}

export function onVoteRequest<P>(s: RaftState<P>, out: Out<P>, from: NodeId, msg: VoteRequestMsg<P>): void {
  const { pre } = msg;
  const answer = (granted: boolean): VoteResponseMsg<P> => {
    return { type: "voteResponse", term: granted ? msg.term : s.term, head: s.head.height, pre, granted };
  };
  // SPEC 3.4: while its leader is fresh, a node neither votes nor follows into another term.
  const leaderIsFresh = s.leads || (s.leader !== null && s.leader !== from && s.timer.leaderIsFresh);
  if (msg.term < s.term || (leaderIsFresh && msg.term > s.term)) {
    out.send(from, answer(false));
    return;
  }
  if (!pre) enterTerm(s, out, msg.term);
  const free = s.vote === from || (s.vote === null && s.leader === null);
  const fits = s.isBelow(msg);
  if (!fits) out.reject(from, "STALE_LOG");
  if (s.silent || !fits || !(free || msg.term > s.term)) {
    out.send(from, answer(false));
    return;
  }
  if (pre) {
    grantPreVote(s, out, from, answer(true));
    return;
  }
  s.vote = from;
  s.timer.restart();
  out.persist({ type: "vote", term: s.term, vote: from }, from, answer(true));
}

/** SPEC 3.2: what terms there may be must not be forgotten, because whoever recovers asks for it (SPEC 7.5). */
function grantPreVote<P>(s: RaftState<P>, out: Out<P>, to: NodeId, answer: VoteResponseMsg<P>): void {
  const { term } = answer;
  s.heard = Math.max(s.heard, term);
  if (term <= s.durableHeard) out.send(to, answer);
  else out.persist({ type: "heard", term: s.heard }, to, answer);
}

export function onVoteResponse<P>(s: RaftState<P>, out: Out<P>, from: NodeId, msg: VoteResponseMsg<P>): void {
  if (!msg.granted) {
    if (msg.term > s.term) enterTerm(s, out, msg.term);
    return;
  }
  if (!msg.pre) {
    addVote(s, out, msg.term, from);
    return;
  }
  if (s.role !== "precandidate" || msg.term !== s.term + 1) return;
  s.granted.add(from);
  campaignIfDue(s, out);
}
