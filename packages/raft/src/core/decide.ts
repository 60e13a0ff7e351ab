import type { CommitCertificate, Hex, NodeId, SealerSignature } from "@fb/types";
import { diverged, execute } from "./execution.ts";
import type { DecidedMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";
import { stopLeading } from "./term.ts";

/** SPEC 5.1: a majority holds our log of this term, tail included. */
export function decideIfMajority<P>(state: RaftState<P>, out: Out<P>): void {
  const { leading, tail, term } = state;
  if (leading === null || tail === null || state.committing || state.decided?.msg.head === state.next) return;
  if (state.durableTail === null) return;
  const signatures: SealerSignature[] = [];
  for (const [sealer, ack] of leading.acks) {
    if (ack.hash === tail.hash) signatures.push({ sealer, signature: ack.signature });
  }
  if (signatures.length < state.quorum) {
    considerRefusals(state, out, tail.hash);
    return;
  }
  signatures.sort((a, b) => a.sealer - b.sealer);
  const msg: DecidedMsg<P> = {
    type: "decided",
    head: state.next,
    hash: tail.hash,
    certificate: { round: term, signatures },
  };
  state.decided = { from: state.config.self, msg, checked: true };
  if (state.head.sealers.length > 1) out.send("sealers", msg);
}

/** SPEC 5.4: with a majority against us we are wrong; when only no majority can be for us, somebody else should try. */
function considerRefusals<P>(state: RaftState<P>, out: Out<P>, ours: Hex): void {
  const { refusals } = state.leading!;
  if (refusals.size === 0) return;
  const counts = new Map<Hex, number>();
  for (const hash of refusals.values()) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  for (const [hash, count] of counts) {
    if (count >= state.quorum && hash !== state.head.hash) {
      diverged(state, out, ours, hash);
      return;
    }
  }
  if (state.head.sealers.length - refusals.size >= state.quorum) return;
  out.note("warn", "entry-refused", { height: state.next, term: state.term, by: refusals.size });
  stopLeading(state, out);
}

export function onDecided<P>(state: RaftState<P>, from: NodeId, msg: DecidedMsg<P>): void {
  if (msg.head <= state.head.height || (state.decided !== null && state.decided.msg.head >= msg.head)) return;
  state.decided = { from, msg, checked: false };
}

/** SPEC 5.2: a certificate and the block executed here are a commit, whoever we are. */
export function commitIfDue<P>(state: RaftState<P>, out: Out<P>): void {
  const { decided } = state;
  if (decided === null || decided.msg.head !== state.next || state.committing) return;
  const { hash, certificate } = decided.msg;
  if (!decided.checked && !proves(state, hash, certificate)) {
    out.reject(decided.from, "BAD_CERTIFICATE");
    state.decided = null;
    return;
  }
  decided.checked = true;
  if (state.executedAs(hash) !== null) {
    state.committing = true;
    out.add({ type: "commit", height: state.next, hash, certificate });
    return;
  }
  const body = state.bodyOf(hash);
  if (body === null || body.proposal.height !== state.next || body.proposal.parent !== state.head.hash) return;
  const result = state.results.get(body.proposal.id);
  // What was refused as a fresh block only, by our clock, others have decided.
  const again = result?.type === "failed" && (result.fresh || state.mayJudgeAgain(result));
  if (result === undefined || again) execute(state, out, body.proposal, false);
  else if (result.type === "done") diverged(state, out, result.executed.hash, hash);
}

function proves<P>(state: RaftState<P>, hash: Hex, { round, signatures }: CommitCertificate): boolean {
  if (signatures.length < state.quorum) return false;
  let previous = -1;
  for (const { sealer, signature } of signatures) {
    const node = state.head.sealers[sealer];
    if (sealer <= previous || node === undefined) return false;
    if (!state.config.verifyVote(node, { term: round, height: state.next, hash }, signature)) return false;
    previous = sealer;
  }
  return true;
}
