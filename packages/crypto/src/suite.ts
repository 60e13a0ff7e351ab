import { type CryptoSuite, equalBytes, FbError, type Hash, type PublicKey, type Signature } from "@fb/types";
import type { CryptoErrorCode } from "./errors.ts";

/** What a library must provide; inputs already have the right lengths. */
export interface Primitives {
  keccak256(data: Uint8Array): Hash;
  /** 65 bytes r, s (low), parity. */
  sign(digest: Hash, privateKey: Uint8Array): Signature;
  /** Null when nothing is recovered. `parity` is 0 or 1. */
  recover(digest: Hash, rs: Uint8Array, parity: number): PublicKey | null;
  publicKey(privateKey: Uint8Array): PublicKey;
  isPrivateKey(privateKey: Uint8Array): boolean;
}

/** (n - 1) / 2 of secp256k1, big endian: the largest s a signature may have. */
const HALF_ORDER = Uint8Array.from([
  0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e,
  0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
]);

/** Puts the same input rules around every library, so that suites cannot disagree on malformed bytes. */
export function buildSuite(name: string, primitives: Primitives): CryptoSuite {
  const recover = (digest: Hash, signature: Signature): PublicKey | null => {
    if (digest.length !== 32 || signature.length !== 65 || signature[64]! > 1) return null;
    return primitives.recover(digest, signature.subarray(0, 64), signature[64]!);
  };
  const checkKey = (privateKey: Uint8Array): void => {
    if (privateKey.length === 32 && primitives.isPrivateKey(privateKey)) return;
    throw new FbError<CryptoErrorCode>("CRYPTO_INVALID_KEY", "a private key is 32 bytes in 1..n-1");
  };
  return {
    name,
    hash: primitives.keccak256,
    sign(digest, privateKey) {
      checkKey(privateKey);
      if (digest.length !== 32) {
        throw new FbError<CryptoErrorCode>("CRYPTO_INVALID_DIGEST", "a digest is 32 bytes", { length: digest.length });
      }
      return primitives.sign(digest, privateKey);
    },
    // Recovery costs what verification costs and also pins the parity byte: one signature has one valid encoding.
    verify(digest, signature, publicKey) {
      if (publicKey.length !== 64 || signature.length !== 65 || !isLowS(signature)) return false;
      const recovered = recover(digest, signature);
      return recovered !== null && equalBytes(recovered, publicKey);
    },
    recover,
    publicKey(privateKey) {
      checkKey(privateKey);
      return primitives.publicKey(privateKey);
    },
  };
}

function isLowS(signature: Signature): boolean {
  for (let i = 0; i < 32; i++) {
    const difference = signature[32 + i]! - HALF_ORDER[i]!;
    if (difference !== 0) return difference < 0;
  }
  return true;
}
