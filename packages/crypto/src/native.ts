import { createRequire } from "node:module";
import { type CryptoSuite, FbError } from "@fb/types";
import { createKeccak } from "hash-wasm";
import type { CryptoErrorCode } from "./errors.ts";
import { buildSuite } from "./suite.ts";

type Secp256k1 = typeof import("secp256k1");

/**
 * The fast suite of a server: libsecp256k1 as a native addon, keccak256 in WebAssembly. One suite per thread.
 * Rejects with CRYPTO_NATIVE_UNAVAILABLE where the addon does not load.
 */
export async function createCryptoSuite(): Promise<CryptoSuite> {
  const secp256k1 = loadAddon();
  const hasher = await createKeccak(256);
  const [short, digestIn, rsIn, keyOut] = [outside(SHORT_BYTES), outside(32), outside(64), outside(65)];
  return buildSuite("secp256k1-keccak256/native", {
    // The hasher is one stateful instance; `digest` copies its result out of WebAssembly memory.
    keccak256(data) {
      if (data.length > SHORT_BYTES) return hasher.init().update(data).digest("binary");
      short.set(data);
      return hasher.init().update(short.subarray(0, data.length)).digest("binary");
    },
    sign(digest, privateKey) {
      const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey);
      const out = new Uint8Array(65);
      out.set(signature);
      out[64] = recid;
      return out;
    },
    recover(digest, rs, parity) {
      digestIn.set(digest);
      rsIn.set(rs);
      try {
        return secp256k1.ecdsaRecover(rsIn, parity, digestIn, false, keyOut).slice(1);
      } catch {
        return null;
      }
    },
    publicKey: (privateKey) => secp256k1.publicKeyCreate(privateKey, false).slice(1),
    isPrivateKey: (privateKey) => secp256k1.privateKeyVerify(privateKey),
  });
}

/** V8 keeps arrays up to this length in its own heap. */
const SHORT_BYTES = 64;

/**
 * Bytes outside of V8's heap. Whoever looks at the memory of a short array, as libraries do with what they are passed,
 * has it moved out first, and that costs about what hashing it does: they are passed these bytes instead.
 */
function outside(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length));
}

/** The package's main entry would silently replace a missing addon by a slow JavaScript curve; this entry does not. */
function loadAddon(): Secp256k1 {
  try {
    return createRequire(import.meta.url)("secp256k1/bindings.js");
  } catch (cause) {
    const message = "the secp256k1 native addon does not load on this platform";
    throw new FbError<CryptoErrorCode>("CRYPTO_NATIVE_UNAVAILABLE", message, {}, cause);
  }
}
