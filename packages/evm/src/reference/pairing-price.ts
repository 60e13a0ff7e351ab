import type { EVM, PrecompileFunc } from "@ethereumjs/evm";

const BN254_PAIRING = "08".padStart(40, "0");
const BLS12_PAIRING = "0f".padStart(40, "0");

/**
 * Gas of a pairing check (EIP-1108, EIP-2537) for any input, also one of a wrong size; 0 for other precompiles. The
 * library looks at the size first, which hides that the gas was not enough.
 */
export function pairingPrice({ common, precompiles }: EVM, code: PrecompileFunc, data: Uint8Array): bigint {
  const price = (base: string, pair: string, size: number) =>
    common.param(base) + common.param(pair) * BigInt(Math.floor(data.length / size));
  if (code === precompiles.get(BN254_PAIRING)) return price("bn254PairingGas", "bn254PairingWordGas", 192);
  if (code !== precompiles.get(BLS12_PAIRING)) return 0n;
  return price("bls12381PairingBaseGas", "bls12381PairingPerPairGas", 384);
}
