import type { NodeId } from "@fb/types";
import { preCampaign } from "./election.ts";
import { atLeast } from "./log.ts";
import type { Position, RecoverMsg, RecoverResponseMsg, Term } from "./messages.ts";
import type { Out } from "./out.ts";
import { type Answer, Recovery } from "./recovery.ts";
import type { RaftState } from "./state.ts";
import { enterTerm } from "./term.ts";

/** Asks, as often as a leader would speak. */
export function recoveryTick<P>(s: RaftState<P>, out: Out<P>): void {
  const { recovery } = s;
  if (recovery === null || s.self < 0 || recovery.persisting) return;
  recovery.fenceTicks += 1;
  recovery.wait -= 1;
  if (recovery.wait > 0) return;
  // Enough have answered; whoever has not yet may show a head that is nearer.
  recovery.wait = recovery.highest === null ? s.config.heartbeatTicks : s.config.maxElectTicks;
  if (s.head.sealers.length > 1) out.send("sealers", question(s, recovery));
}

/** A connection came up: the peer may be the one that was missing. */
export function askPeer<P>(s: RaftState<P>, out: Out<P>, peer: NodeId): void {
  const { recovery } = s;
  if (recovery === null || recovery.persisting || s.self < 0 || s.indexOf(peer) < 0) return;
  out.send(peer, question(s, recovery));
}

function question<P>(s: RaftState<P>, { run, fence }: Recovery): RecoverMsg<P> {
  return { type: "recover", run, term: fence, head: s.head.height };
}

/** SPEC 7.5: a fence is a vote that elects nobody. */
export function onRecover<P>(s: RaftState<P>, out: Out<P>, from: NodeId, msg: RecoverMsg<P>): void {
  const { run, term } = msg;
  const answer = (granted: boolean): RecoverResponseMsg<P> => ({
    type: "recoverResponse",
    run,
    term,
    ...(s.owed ?? s.position),
    heard: Math.max(s.heard, s.term, s.recovery?.fence ?? 0),
    granted,
    forgetful: s.recovery !== null,
  });
  // Of two that have forgotten neither should go on before the other has heard that.
  if (s.recovery !== null && !s.recovery.forgetful.has(from)) askPeer(s, out, from);
  // Once we have said that we would vote above it, the fence proves nothing to a later run of the peer.
  const stands = term > 0 && term === s.term && s.vote === from && s.heard <= term;
  const raises = term > Math.max(s.heard, s.term) && s.fences.mayRaise(from);
  if (s.silent || !(stands || raises)) {
    out.send(from, answer(false));
    return;
  }
  if (raises) {
    s.fences.raised(from, s.config.maxElectTicks);
    enterTerm(s, out, term);
    s.vote = from;
    out.note("info", "fence", { height: s.next, term });
  }
  if (s.durableVote === term) out.send(from, answer(true));
  else out.persist({ type: "vote", term, vote: from }, from, answer(true));
}

export function onRecoverResponse<P>(s: RaftState<P>, from: NodeId, msg: RecoverResponseMsg<P>): void {
  const { recovery } = s;
  if (recovery === null || msg.run !== recovery.run || recovery.persisting) return;
  const { head, tail, heard } = msg;
  // What a peer could not answer for when we first asked, it cannot have promised before that.
  if (msg.forgetful || recovery.forgetful.has(from)) recovery.forgetful.set(from, { head, heard });
  else if (recovery.fence === 0 || recovery.answers.get(from)?.fence !== recovery.fence) {
    recovery.answers.set(from, { head, tail, heard, fence: msg.granted ? msg.term : 0 });
  }
}

/** SPEC 7.4: moves on as soon as enough have answered. */
export function recoverIfDue<P>(s: RaftState<P>, out: Out<P>): void {
  const { recovery } = s;
  if (recovery === null || recovery.persisting) return;
  raiseOrConclude(s, out, recovery);
  if (recovery.highest === null || s.head.height < recovery.highest.head) return;
  recovery.persisting = true;
  enterTerm(s, out, recovery.fence);
  writeRecovered(s, out, s.head.height > recovery.highest.head ? 0 : recovery.highest.tail);
}

function raiseOrConclude<P>(s: RaftState<P>, out: Out<P>, recovery: Recovery): void {
  const { answers, forgetful, fence, fenceTicks } = recovery;
  const others = s.head.sealers.length - 1;
  const needed = s.head.sealers.length - s.quorum + 1;
  const enough = (count: number) => count >= needed || count + forgetful.size >= others;
  if (!enough(answers.size)) return;
  const fenced = [...answers.values()].filter((answer) => answer.fence > 0 && answer.fence === fence);
  const stands = answers.size === 0 || (fence > 0 && enough(fenced.length));
  if (stands) {
    const heads = [...forgetful.values()].map(({ head }) => ({ head, tail: 0 }));
    conclude(s, out, recovery, fenced.length >= needed ? lowest(fenced, needed) : [...heads, ...fenced]);
  }
  if (fence === 0) {
    const isEarly = answers.size + forgetful.size < others && fenceTicks < s.config.heartbeatTicks;
    if (!stands && !isEarly) raise(s, recovery);
    return;
  }
  const refused = [...answers.values()].filter((answer) => hasHeardOf(fence, answer)).length;
  // One that cannot grant it is no reason to put up another while the others will do, unless that takes too long.
  const mayDo = stands || answers.size - refused >= needed;
  const patience = s.config.maxElectTicks * (stands ? recovery.patience : 1);
  if (refused === 0 || (mayDo && fenceTicks < patience)) return;
  if (stands) recovery.patience *= 2;
  raise(s, recovery);
}

function raise<P>(s: RaftState<P>, recovery: Recovery): void {
  const heard = [...recovery.answers.values(), ...recovery.forgetful.values()].map((answer) => answer.heard);
  recovery.fence = Math.max(s.term, s.heard, ...heard) + 1;
  recovery.fenceTicks = 0;
  recovery.wait = 0;
}

/** Any so many will do, so it is those who ask least of us: what one claims that nobody has holds up nothing. */
function lowest(answers: readonly Answer[], count: number): readonly Position[] {
  return [...answers].sort((a, b) => a.head - b.head || a.tail - b.tail).slice(0, count);
}

function conclude<P>(s: RaftState<P>, out: Out<P>, recovery: Recovery, witnesses: readonly Position[]): void {
  const before = recovery.highest;
  const { head, tail } = witnesses.reduce((a, b) => (atLeast(a, b) ? a : b), { head: 0, tail: 0 });
  recovery.highest = { head, tail };
  if (before?.head === head && before.tail === tail) return;
  out.note("info", "recovery-reaches", { height: s.next, head, tail, fence: recovery.fence });
}

/** The peer cannot grant this fence, because its term may have begun otherwise. */
function hasHeardOf(term: Term, answer: Answer): boolean {
  return answer.fence !== term && answer.heard >= term;
}

function writeRecovered<P>(s: RaftState<P>, out: Out<P>, tail: Term): void {
  out.persist({ type: "recovered", term: s.term, head: s.head.height, tail });
}

/** The word is on the disk: promises count from here. */
export function onRecovered<P>(s: RaftState<P>, out: Out<P>, { head, tail }: Position): void {
  const { recovery } = s;
  if (tail === 0) s.settling = false;
  if (recovery === null || !recovery.persisting) return;
  s.recovery = null;
  if (tail > 0 && head === s.head.height) s.owed = { head, tail };
  else if (tail > 0) settle(s, out);
  out.note("info", "recovered", { height: s.next, term: s.term, tail });
  // Whom the fence deposed is missed.
  if (recovery.fence > 0 && s.leader === null && s.mayCampaign) preCampaign(s, out);
}

/** A block was decided above what we owe, or another list of sealers came into force (SPEC 7.4). */
export function recoverAgainIfDue<P>(s: RaftState<P>, out: Out<P>, owed: boolean, sameSealers: boolean): void {
  if (s.recovery !== null && !sameSealers) s.recovery = new Recovery(s.run);
  if (!owed) return;
  if (sameSealers) settle(s, out);
  else s.recovery = new Recovery(s.run);
}

/** What we owed is decided under the list that we recovered under. */
function settle<P>(s: RaftState<P>, out: Out<P>): void {
  s.settling = true;
  writeRecovered(s, out, 0);
}
