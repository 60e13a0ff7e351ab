import type { CryptoSuite } from "@fb/types";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { buildSuite } from "./suite.ts";

/** The suite in plain JavaScript: runs everywhere, browsers included, about 25 times slower than the native one. */
export async function createCryptoSuite(): Promise<CryptoSuite> {
  return buildSuite("secp256k1-keccak256/portable", {
    keccak256: (data) => keccak_256(data),
    sign(digest, privateKey) {
      // The library puts the recovery byte first.
      const recovered = secp256k1.sign(digest, privateKey, { prehash: false, lowS: true, format: "recovered" });
      const out = new Uint8Array(65);
      out.set(recovered.subarray(1));
      out[64] = recovered[0]!;
      return out;
    },
    recover(digest, rs, parity) {
      try {
        const signature = secp256k1.Signature.fromBytes(rs, "compact").addRecoveryBit(parity);
        return signature.recoverPublicKey(digest).toBytes(false).slice(1);
      } catch {
        return null;
      }
    },
    publicKey: (privateKey) => secp256k1.getPublicKey(privateKey, false).slice(1),
    isPrivateKey: (privateKey) => secp256k1.utils.isValidSecretKey(privateKey),
  });
}
