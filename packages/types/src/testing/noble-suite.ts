import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bigTo32, equalBytes, toHex } from "../bytes.ts";
import type { CryptoSuite } from "../contracts/crypto.ts";
import type { NodeId } from "../ids.ts";

/** A suite for tests that cannot import the crypto package: this package's own and the compliance suites. Trusts its callers. */
export const nobleSuite: CryptoSuite = {
  name: "noble",
  hash: (data) => keccak_256(data),
  sign(digest, privateKey) {
    const recovered = secp256k1.sign(digest, privateKey, { prehash: false, format: "recovered" });
    return Uint8Array.from([...recovered.subarray(1), recovered[0]!]);
  },
  verify(digest, signature, publicKey) {
    const recovered = this.recover(digest, signature);
    return recovered !== null && equalBytes(recovered, publicKey);
  },
  recover(digest, signature) {
    try {
      const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), "compact").addRecoveryBit(signature[64]!);
      return parsed.recoverPublicKey(digest).toBytes(false).slice(1);
    } catch {
      return null;
    }
  },
  publicKey: (privateKey) => secp256k1.getPublicKey(privateKey, false).slice(1),
};

export interface TestSealer {
  readonly key: Uint8Array;
  readonly id: NodeId;
}

/** Keys first, first + 1, ... as sealers, sorted by node id. */
export function testSealers(count: number, first = 1): TestSealer[] {
  return Array.from({ length: count }, (_, i) => {
    const key = bigTo32(BigInt(first + i));
    return { key, id: toHex(nobleSuite.publicKey(key)) as NodeId };
  }).sort((a, b) => (a.id < b.id ? -1 : 1));
}
