import type { Counter } from "@fb/runtime";
import { type CryptoSuite, fromHex, type Hash, type NodeId, type Signature } from "@fb/types";
import type { SignerPort } from "../ports.ts";

/** A signer over a private key in memory. `self` must be the key's node id. */
export function createKeySigner(suite: CryptoSuite, self: NodeId, privateKey: Uint8Array): SignerPort {
  return { self, sign: (digest) => suite.sign(digest, privateKey) };
}

/** True when `signatures[i]` is `node`'s over `digests[i]`, for all of them. */
export function verifyAll(
  suite: CryptoSuite,
  node: NodeId,
  digests: readonly Hash[],
  signatures: readonly Signature[],
  checks: Counter,
): boolean {
  if (digests.length !== signatures.length) return false;
  const publicKey = fromHex(node);
  if (publicKey === null) return false;
  checks.inc(undefined, digests.length);
  return digests.every((digest, i) => suite.verify(digest, signatures[i]!, publicKey));
}
