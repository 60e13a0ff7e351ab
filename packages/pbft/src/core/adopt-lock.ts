import { verifyLock } from "./lock.ts";
import type { LockCert } from "./messages.ts";
import type { Out } from "./out.ts";
import type { HeightState } from "./state.ts";

/** SPEC 5.2: takes a higher lock, durably. False when the certificate proves nothing. */
export function adoptLock<P>(s: HeightState<P>, out: Out<P>, cert: LockCert): boolean {
  if (s.lock !== null && cert.view === s.lock.view && cert.hash === s.lock.hash) return true;
  if (!verifyLock(cert, s.height, s.head.sealers, s.config.verifySign)) return false;
  if (s.lock === null || cert.view > s.lock.view) {
    s.lock = cert;
    if (s.votes) out.persist({ k: "locked", height: s.height, cert }, []);
  }
  return true;
}
