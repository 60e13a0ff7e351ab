import type { NodeId } from "./ids.ts";

/** The field and the constant of secp256k1: y^2 = x^3 + 7 (SEC 2, 2.4.1). */
const P = 2n ** 256n - 2n ** 32n - 977n;
const B = 7n;

/** Whether a node id is a public key: a point of secp256k1. Nobody has the private key of any other id. */
export function isNodeKey(nodeId: NodeId): boolean {
  const x = BigInt(`0x${nodeId.slice(0, 64)}`);
  const y = BigInt(`0x${nodeId.slice(64)}`);
  return x < P && y < P && (y * y - x * x * x - B) % P === 0n;
}
