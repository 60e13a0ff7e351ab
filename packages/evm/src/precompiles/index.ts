import type { CryptoSuite } from "@fb/types";
import { blsPrecompiles } from "./bls12.ts";
import { bn254AddPrecompile, bn254MulPrecompile, bn254PairingPrecompile } from "./bn254.ts";
import { ecrecoverPrecompile } from "./ecrecover.ts";
import { ripemd160Precompile, sha256Precompile } from "./hashes.ts";
import { kzgPrecompile } from "./kzg.ts";
import { modexpPrecompile } from "./modexp.ts";
import { p256VerifyPrecompile } from "./p256.ts";
import type { Precompile } from "./precompile.ts";

/** By the number in the address. Identity (4) and BLAKE2f (9) run inside the module, which also decides what a fork has. */
export type PrecompileSet = ReadonlyMap<number, Precompile>;

export function createPrecompiles(suite: Pick<CryptoSuite, "hash" | "recover">): PrecompileSet {
  return new Map([
    [0x01, ecrecoverPrecompile(suite)],
    [0x02, sha256Precompile],
    [0x03, ripemd160Precompile],
    [0x05, modexpPrecompile],
    [0x06, bn254AddPrecompile],
    [0x07, bn254MulPrecompile],
    [0x08, bn254PairingPrecompile],
    [0x0a, kzgPrecompile],
    ...blsPrecompiles.map((precompile, i): [number, Precompile] => [0x0b + i, precompile]),
    [0x100, p256VerifyPrecompile],
  ]);
}
