import { byzantine } from "@fb/consensus/core";
import type { Height, NodeId, SealerSignature } from "@fb/types";
import type { PbftConfig } from "./config.ts";
import type { LockCert, Vote, VoteKind } from "./messages.ts";

/** SPEC 5.1: n - f distinct sealers of `height`, each with a valid Sign for exactly this vote. */
export function verifyLock(
  cert: LockCert,
  height: Height,
  sealers: readonly NodeId[],
  verifyVote: PbftConfig["verifyVote"],
): boolean {
  return cert.height === height && proves("sign", cert, cert.signs, sealers, verifyVote);
}

/** Whether n - f distinct sealers, in ascending order, voted this. What costs nothing is looked at first. */
export function proves(
  kind: VoteKind,
  vote: Vote,
  signatures: readonly SealerSignature[],
  sealers: readonly NodeId[],
  verifyVote: PbftConfig["verifyVote"],
): boolean {
  if (signatures.length < byzantine(sealers.length).needed) return false;
  let previous = -1;
  for (const { sealer } of signatures) {
    if (sealer <= previous || sealer >= sealers.length) return false;
    previous = sealer;
  }
  return signatures.every(({ sealer, signature }) => verifyVote(kind, sealers[sealer]!, vote, signature));
}

/**
 * SPEC 5.3: whether a node with `lock` may sign `hash` in `view`. The lock that justifies a proposal has been adopted
 * before, so a newer one has already taken the place of an older.
 */
export function maySign(lock: LockCert | null, view: number, hash: string): boolean {
  return lock === null || (lock.view < view && lock.hash === hash);
}
