/**
 * Codes of this package.
 * - `CRYPTO_NATIVE_UNAVAILABLE`: the native addon does not load on this platform; the operator installs a supported
 *   build, or the caller uses the portable suite.
 * - `CRYPTO_INVALID_KEY`: a private key is not 32 bytes in 1..n-1; the operator replaces the key file.
 * - `CRYPTO_INVALID_DIGEST`: a caller asked to sign something that is not 32 bytes; a bug of the caller.
 */
export type CryptoErrorCode = "CRYPTO_NATIVE_UNAVAILABLE" | "CRYPTO_INVALID_KEY" | "CRYPTO_INVALID_DIGEST";
