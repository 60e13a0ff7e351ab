import { byzantine } from "@fb/consensus/core";
import type { Height, NodeId } from "@fb/types";
import type { LockCert, PbftConfig } from "./messages.ts";

/** SPEC 5.1: n - f distinct sealers of `height`, each with a valid Sign for exactly this vote. */
export function verifyLock(
  cert: LockCert,
  height: Height,
  sealers: readonly NodeId[],
  verifySign: PbftConfig["verifySign"],
): boolean {
  if (cert.height !== height || cert.signs.length < byzantine(sealers.length).needed) return false;
  let previous = -1;
  for (const { sealer, signature } of cert.signs) {
    const node = sealers[sealer];
    if (sealer <= previous || node === undefined || !verifySign(node, cert, signature)) return false;
    previous = sealer;
  }
  return true;
}

/**
 * SPEC 5.3: whether a node with `lock` may sign `hash` in `view`. The lock that justifies a proposal has been adopted
 * before, so a newer one has already taken the place of an older.
 */
export function maySign(lock: LockCert | null, view: number, hash: string): boolean {
  return lock === null || (lock.view < view && lock.hash === hash);
}
