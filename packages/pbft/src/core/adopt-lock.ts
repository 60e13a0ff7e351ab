import { verifyLock } from "./lock.ts";
import type { LockCert } from "./messages.ts";
import type { Out } from "./out.ts";
import type { HeightState } from "./state.ts";

/**
 * SPEC 5.2: takes a lock that is newer than ours. False when the certificate proves nothing; one that is not newer is
 * not looked at, whatever it proves: it changes nothing.
 */
export function adoptLock<P>(s: HeightState<P>, cert: LockCert): boolean {
  if (s.lock !== null && cert.view <= s.lock.view) return true;
  if (!verifyLock(cert, s.height, s.head.sealers, s.config.verifyVote)) return false;
  s.lock = cert;
  return true;
}

/** Makes our lock durable, unless a Commit has done so. */
export function journalLock<P>(s: HeightState<P>, out: Out<P>): void {
  if (s.lock === null || s.lock.view <= s.journaledLock || !s.promises) return;
  s.journaledLock = s.lock.view;
  out.persist({ type: "locked", height: s.height, cert: s.lock }, []);
}
