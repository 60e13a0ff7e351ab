import type { Hash } from "../ids.ts";

/** 65 bytes: r (32, big endian), s (32, low half), y parity (0 or 1). */
export type Signature = Uint8Array;
/** 64 bytes: x and y of an uncompressed point, without the 04 prefix. */
export type PublicKey = Uint8Array;

/**
 * The cryptography of a chain. Injected, so that another suite (SM2/SM3) is a new implementation and not a change of
 * callers. All calls are synchronous and return fresh arrays.
 */
export interface CryptoSuite {
  readonly name: string;
  /** The 32-byte hash of transactions, headers, trees and digests. */
  hash(data: Uint8Array): Hash;
  /** Signs a 32-byte digest with a 32-byte private key; deterministic (RFC 6979), low s. */
  sign(digest: Hash, privateKey: Uint8Array): Signature;
  /** False for any malformed input; never throws on peer data. */
  verify(digest: Hash, signature: Signature, publicKey: PublicKey): boolean;
  /** Null for any signature that recovers nothing; never throws on peer data. */
  recover(digest: Hash, signature: Signature): PublicKey | null;
  /** 64-byte public key of a private key. Throws on an invalid key. */
  publicKey(privateKey: Uint8Array): PublicKey;
}
