import { bigToBytes, bytesToBig, EMPTY, type EvmFork } from "@fb/types";
import { numberAt, type Precompile, padded } from "./precompile.ts";

/** EIP-7823: from Osaka on no operand may be longer. */
const OSAKA_MAX_BYTES = 1024n;
/** Operands longer than this cost at least 5e9 gas; they are refused without looking at them. */
const MAX_BYTES = 1n << 31n;
const UNPAYABLE = 1n << 63n;

interface Sizes {
  readonly base: bigint;
  readonly exponent: bigint;
  readonly modulus: bigint;
}

function sizesOf(input: Uint8Array): Sizes {
  return { base: numberAt(input, 0, 32), exponent: numberAt(input, 32, 32), modulus: numberAt(input, 64, 32) };
}

/** Length of the exponent in bits as the gas rules see it: exact for the first 32 bytes, 8 or 16 a byte beyond. */
function iterations(input: Uint8Array, { base, exponent }: Sizes, beyond: bigint): bigint {
  const headSize = exponent < 32n ? Number(exponent) : 32;
  const head = base + 96n > BigInt(input.length) ? 0n : numberAt(input, 96 + Number(base), headSize);
  const bits = head === 0n ? 0n : BigInt(head.toString(2).length - 1);
  const total = exponent > 32n ? beyond * (exponent - 32n) + bits : bits;
  return total === 0n ? 1n : total;
}

function larger(a: bigint, b: bigint): bigint {
  if (a < b) return b;
  return a;
}

/** EIP-2565, and EIP-7883 from Osaka. */
function price(input: Uint8Array, fork: EvmFork): bigint {
  const sizes = sizesOf(input);
  const { base, exponent, modulus } = sizes;
  const longest = larger(base, modulus);
  const osaka = fork === "osaka";
  if (osaka && (longest > OSAKA_MAX_BYTES || exponent > OSAKA_MAX_BYTES)) return UNPAYABLE;
  if (longest > MAX_BYTES || (longest > 0n && exponent > MAX_BYTES)) return UNPAYABLE;
  const words = (longest + 7n) / 8n;
  if (osaka) {
    const complexity = longest > 32n ? 2n * words * words : 16n;
    const gas = complexity * iterations(input, sizes, 16n);
    return gas > 500n ? gas : 500n;
  }
  const gas = (words * words * iterations(input, sizes, 8n)) / 3n;
  return gas > 200n ? gas : 200n;
}

export const modexpPrecompile: Precompile = {
  cost: price,
  run(input) {
    const sizes = sizesOf(input);
    if (sizes.modulus === 0n) return EMPTY;
    const baseSize = Number(sizes.base);
    const modulusSize = Number(sizes.modulus);
    // A long exponent is payable with an empty base and modulus only, where this point is not reached.
    const exponentSize = Number(sizes.exponent);
    const out = new Uint8Array(modulusSize);
    const modulus = numberAt(input, 96 + baseSize + exponentSize, modulusSize);
    if (modulus <= 1n) return out;
    const base = numberAt(input, 96, baseSize) % modulus;
    const result = bigToBytes(power(base, padded(input, 96 + baseSize, exponentSize), modulus));
    out.set(result, modulusSize - result.length);
    return out;
  },
};

/** base ^ exponent mod modulus, four bits of the exponent at a time. */
function power(base: bigint, exponent: Uint8Array, modulus: bigint): bigint {
  let start = 0;
  while (start < exponent.length && exponent[start] === 0) start++;
  if (exponent.length - start <= 4) return shortPower(base, bytesToBig(exponent.subarray(start)), modulus);
  const table = [1n];
  for (let i = 1; i < 16; i++) table.push((table[i - 1]! * base) % modulus);
  let result = 1n;
  for (let i = start; i < exponent.length; i++) {
    const byte = exponent[i]!;
    for (const digit of [byte >> 4, byte & 15]) {
      if (result !== 1n) for (let k = 0; k < 4; k++) result = (result * result) % modulus;
      if (digit !== 0) result = (result * table[digit]!) % modulus;
    }
  }
  return result;
}

function shortPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
