import { bn254SubgroupTest } from "./bn254-subgroup.ts";
import { Elements } from "./elements.ts";
import { pairingGroups } from "./group.ts";
import { G1, lazily, MCL_CURVE, Mcl, SCALAR } from "./mcl.ts";
import { PairingProduct } from "./pairing-product.ts";
import { type Precompile, padded, WORD_ONE, WORD_ZERO } from "./precompile.ts";

const PAIR_BYTES = 192;

const curve = lazily(() => {
  const mcl = new Mcl(MCL_CURVE.bn254);
  const { run } = mcl;
  const elements = new Elements(mcl, { size: 32, digits: 32 });
  const { g1, g2 } = pairingGroups(elements, {
    imaginaryFirst: true,
    // Every point of this curve is in the group.
    isInG1: () => true,
    isInG2: bn254SubgroupTest(elements),
  });
  const [left, right, scalar] = [mcl.allocate(G1), mcl.allocate(G1), mcl.allocate(SCALAR)];
  return { run, elements, g1, product: new PairingProduct(g1, g2), left, right, scalar };
});

/** EIP-196, price of EIP-1108. Input: two points. */
export const bn254AddPrecompile: Precompile = {
  cost: () => 150n,
  run(input) {
    const { g1, left, right } = curve();
    const data = padded(input, 0, 128);
    if (!g1.read(left, data, 0) || !g1.read(right, data, 64)) return null;
    g1.add(left, left, right);
    return g1.write(left);
  },
};

/** EIP-196, price of EIP-1108. Input: a point and any number of 32 bytes. */
export const bn254MulPrecompile: Precompile = {
  cost: () => 6000n,
  run(input) {
    const { run, elements, g1, left, right, scalar } = curve();
    const data = padded(input, 0, 96);
    if (!g1.read(left, data, 0)) return null;
    elements.readAnyScalar(scalar, data, 64);
    run.mclBnG1_mul(right, left, scalar);
    return g1.write(right);
  },
};

/** EIP-197: whether the product of the pairings is one. */
export const bn254PairingPrecompile: Precompile = {
  cost: (input) => 45_000n + 34_000n * BigInt(Math.floor(input.length / PAIR_BYTES)),
  run(input) {
    if (input.length % PAIR_BYTES !== 0) return null;
    const isOne = curve().product.isOne(input);
    return isOne === null ? null : isOne ? WORD_ONE : WORD_ZERO;
  },
};
