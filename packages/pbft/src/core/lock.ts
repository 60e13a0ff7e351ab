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

/** SPEC 5.3: whether a node with `lock` may sign `hash` in `view`, given the certificate it was proposed with. */
export function maySign(lock: LockCert | null, view: number, hash: string, justify: LockCert | null): boolean {
  if (lock === null) return true;
  if (lock.view >= view || justify === null) return false;
  return lock.hash === hash || justify.view > lock.view;
}
