import { verifyLock } from "./lock.ts";
import type { LockCert } from "./messages.ts";
import type { Out } from "./out.ts";
import type { HeightState } from "./state.ts";

/**
 * SPEC 5.2: takes a lock that is newer than ours. False when the certificate proves nothing; one that is not newer is
 * not looked at, whatever it proves: it changes nothing.
 */
export function adoptLock<P>(state: HeightState<P>, cert: LockCert): boolean {
  if (state.lock !== null && cert.view <= state.lock.view) return true;
  if (!verifyLock(cert, state.height, state.head.sealers, state.config.verifyVote)) return false;
  state.lock = cert;
  return true;
}

/** Makes our lock durable, unless a Commit has done so. */
export function journalLock<P>(state: HeightState<P>, out: Out<P>): void {
  if (state.lock === null || state.lock.view <= state.journaledLock || !state.promises) return;
  state.journaledLock = state.lock.view;
  out.persist({ type: "locked", height: state.height, cert: state.lock }, []);
}
