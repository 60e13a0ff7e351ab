import { EVMError, type ExecResult, type PrecompileInput } from "@ethereumjs/evm";
import { bytesToBig, equalBytes, fromHex } from "@fb/types";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";

const GAS = 50_000n;
const VERSION = 0x01;
const { G1, G2 } = bls12_381;
const MODULUS = bls12_381.fields.Fr.ORDER;
/** [tau]G2 of the Ethereum KZG ceremony, the one point of the setup that a verifier needs (EIP-4844). */
const TAU_G2 =
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72" +
  "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2";

/** POINT_EVALUATION (0x0a, EIP-4844): the polynomial behind a commitment has the value y at z. */
export function pointEvaluation({ data, gasLimit }: PrecompileInput): ExecResult {
  const error = gasLimit < GAS ? "out of gas" : provesEvaluation(data) ? null : "kzg proof invalid";
  if (error !== null) {
    return { executionGasUsed: gasLimit, returnValue: new Uint8Array(0), exceptionError: new EVMError(error) };
  }
  // FIELD_ELEMENTS_PER_BLOB and BLS_MODULUS, 32 bytes each.
  return { executionGasUsed: GAS, returnValue: fromHex(`${"1000".padStart(64, "0")}${MODULUS.toString(16)}`)! };
}

/** Input: versioned hash (32), z (32), y (32), commitment (48), proof (48). */
function provesEvaluation(input: Uint8Array): boolean {
  if (input.length !== 192) return false;
  const commitment = input.subarray(96, 144);
  const versionedHash = sha256(commitment);
  versionedHash[0] = VERSION;
  const z = bytesToBig(input.subarray(32, 64));
  const y = bytesToBig(input.subarray(64, 96));
  if (!equalBytes(versionedHash, input.subarray(0, 32)) || z >= MODULUS || y >= MODULUS) return false;
  const polynomial = point(commitment);
  const proof = point(input.subarray(144, 192));
  if (polynomial === null || proof === null) return false;
  // e(C - y G1, -G2) * e(proof, [tau]G2 - z G2) = 1
  const left = polynomial.subtract(G1.Point.BASE.multiplyUnsafe(y));
  const right = G2.Point.fromHex(TAU_G2).subtract(G2.Point.BASE.multiplyUnsafe(z));
  const pairs = [
    { g1: left, g2: G2.Point.BASE.negate() },
    { g1: proof, g2: right },
  ].filter((pair) => !pair.g1.is0() && !pair.g2.is0());
  const product = bls12_381.pairingBatch(pairs);
  return bls12_381.fields.Fp12.eql(product, bls12_381.fields.Fp12.ONE);
}

/** A compressed G1 point of the right subgroup, infinity included; null for anything else. */
function point(bytes: Uint8Array) {
  try {
    const decoded = G1.Point.fromBytes(bytes);
    if (!decoded.is0()) decoded.assertValidity();
    return decoded;
  } catch {
    return null;
  }
}
