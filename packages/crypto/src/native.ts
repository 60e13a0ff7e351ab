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
  return buildSuite("secp256k1-keccak256/native", {
    // The hasher is one stateful instance; `digest` copies its result out of WebAssembly memory.
    keccak256: (data) => hasher.init().update(data).digest("binary"),
    sign(digest, privateKey) {
      const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey);
      const out = new Uint8Array(65);
      out.set(signature);
      out[64] = recid;
      return out;
    },
    recover(digest, rs, parity) {
      try {
        return secp256k1.ecdsaRecover(rs, parity, digest, false).slice(1);
      } catch {
        return null;
      }
    },
    publicKey: (privateKey) => secp256k1.publicKeyCreate(privateKey, false).slice(1),
    isPrivateKey: (privateKey) => secp256k1.privateKeyVerify(privateKey),
  });
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
