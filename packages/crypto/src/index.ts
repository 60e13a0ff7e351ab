import { type CryptoSuite, isCode } from "@fb/types";

export type { CryptoErrorCode } from "./errors.ts";

/**
 * The suite a node injects everywhere: native, or portable where the native addon does not load. Both give the same
 * answer to every input; `name` tells which one it is, so that a node can log it. One suite per thread.
 */
export async function createCryptoSuite(): Promise<CryptoSuite> {
  const native = await import("./native.ts");
  try {
    return await native.createCryptoSuite();
  } catch (error) {
    if (!isCode(error, "CRYPTO_NATIVE_UNAVAILABLE")) throw error;
    const portable = await import("./portable.ts");
    return portable.createCryptoSuite();
  }
}
