import type { CommitCertificate, Hex, NodeId, SealerSignature } from "@fb/types";
import { diverged, execute } from "./execution.ts";
import type { DecidedMsg } from "./messages.ts";
import type { Out } from "./out.ts";
import type { RaftState } from "./state.ts";
import { stopLeading } from "./term.ts";

/** SPEC 5.1: a majority holds our log of this term, tail included. */
export function concludeIfDue<P>(s: RaftState<P>, out: Out<P>): void {
  const { leading, tail, term } = s;
  if (leading === null || tail === null || s.committing || s.decided?.msg.head === s.next) return;
  if (s.durableTail === null) return;
  const signatures: SealerSignature[] = [];
  for (const [sealer, ack] of leading.acks) {
    if (ack.hash === tail.hash) signatures.push({ sealer, signature: ack.signature });
  }
  if (signatures.length < s.quorum) {
    considerRefusals(s, out, tail.hash);
    return;
  }
  signatures.sort((a, b) => a.sealer - b.sealer);
  const msg: DecidedMsg<P> = {
    type: "decided",
    head: s.next,
    hash: tail.hash,
    certificate: { round: term, signatures },
  };
  s.decided = { from: s.config.self, msg, checked: true };
  if (s.head.sealers.length > 1) out.send("sealers", msg);
}

/** SPEC 5.4: with a majority against us we are wrong; when only no majority can be for us, somebody else should try. */
function considerRefusals<P>(s: RaftState<P>, out: Out<P>, ours: Hex): void {
  const { refusals } = s.leading!;
  if (refusals.size === 0) return;
  const counts = new Map<Hex, number>();
  for (const hash of refusals.values()) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  for (const [hash, count] of counts) {
    if (count >= s.quorum && hash !== s.head.hash) {
      diverged(s, out, ours, hash);
      return;
    }
  }
  if (s.head.sealers.length - refusals.size >= s.quorum) return;
  out.note("warn", "entry-refused", { height: s.next, term: s.term, by: refusals.size });
  stopLeading(s, out);
}

export function onDecided<P>(s: RaftState<P>, from: NodeId, msg: DecidedMsg<P>): void {
  if (msg.head <= s.head.height || (s.decided !== null && s.decided.msg.head >= msg.head)) return;
  s.decided = { from, msg, checked: false };
}

/** SPEC 5.2: a certificate and the block executed here are a commit, whoever we are. */
export function commitIfDue<P>(s: RaftState<P>, out: Out<P>): void {
  const { decided } = s;
  if (decided === null || decided.msg.head !== s.next || s.committing) return;
  const { hash, certificate } = decided.msg;
  if (!decided.checked && !proves(s, hash, certificate)) {
    out.reject(decided.from, "BAD_CERTIFICATE");
    s.decided = null;
    return;
  }
  decided.checked = true;
  if (s.executedAs(hash) !== null) {
    s.committing = true;
    out.add({ type: "commit", height: s.next, hash, certificate });
    return;
  }
  const body = s.bodyOf(hash);
  if (body === null || body.proposal.height !== s.next || body.proposal.parent !== s.head.hash) return;
  const result = s.results.get(body.proposal.id);
  // What was refused as a fresh block only, by our clock, others have decided.
  const again = result?.type === "failed" && (result.fresh || s.mayJudgeAgain(result));
  if (result === undefined || again) execute(s, out, body.proposal, false);
  else if (result.type === "done") diverged(s, out, result.executed.hash, hash);
}

function proves<P>(s: RaftState<P>, hash: Hex, { round, signatures }: CommitCertificate): boolean {
  if (signatures.length < s.quorum) return false;
  let previous = -1;
  for (const { sealer, signature } of signatures) {
    const node = s.head.sealers[sealer];
    if (sealer <= previous || node === undefined) return false;
    if (!s.config.verifyVote(node, { term: round, height: s.next, hash }, signature)) return false;
    previous = sealer;
  }
  return true;
}
