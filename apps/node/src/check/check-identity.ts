import { nodeIdOfPrivateKey, ownCertificate } from "@fb/p2p-whitelist";
import { errorMessage } from "../errors.ts";
import type { NodeSetup } from "../node-setup.ts";
import { type Finding, fault, ok, warn } from "./finding.ts";

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;

/** Key, certificate and chain CA belong together, now and for some time. */
export function checkIdentity(setup: NodeSetup, nowMs: number): Finding[] {
  const { key, cert } = setup.paths;
  const nodeId = nodeIdOfPrivateKey(setup.privateKey);
  if (nodeId === null) return [fault(key, "is no secp256k1 key", "use the key that the certificate was made for")];
  const found: Finding[] = [ok(key, `private; node id ${nodeId}`)];
  try {
    const { own } = ownCertificate(setup, nodeId, nowMs);
    const until = new Date(own.validUntilMs).toISOString().slice(0, 10);
    const days = Math.floor((own.validUntilMs - nowMs) / DAY_MS);
    found.push(ok(cert, `${own.name} of ${own.agency}; fingerprint of the agency's key ${own.agencyFingerprint}`));
    if (days >= WARN_DAYS) found.push(ok(cert, `valid until ${until}, with its agency and the chain CA`));
    else {
      const remedy = "have it renewed for the same key, put it here and send the node SIGHUP";
      found.push(warn(cert, `it, its agency or the chain CA ends on ${until}, in ${days} days`, remedy));
    }
  } catch (error) {
    const text = errorMessage(error);
    found.push(fault(cert, text, `use the certificate that was issued for ${key}, and the ca.crt of this chain`));
  }
  return found;
}
