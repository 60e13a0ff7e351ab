import { bls12Curve } from "./bls12-curve.ts";
import { DISCOUNT_G1, DISCOUNT_G2 } from "./bls12-discounts.ts";
import { FIELD, lazily } from "./mcl.ts";
import { MultiScalar } from "./multi-scalar.ts";
import { PairingProduct } from "./pairing-product.ts";
import { type Precompile, WORD_ONE, WORD_ZERO } from "./precompile.ts";

const ITEM_G1 = 160;
const ITEM_G2 = 288;
const PAIR = 384;

const curve = lazily(() => {
  const { mcl, run, elements, g1, g2 } = bls12Curve();
  return {
    g1: { group: g1, sums: new MultiScalar(g1), map: run.mclBnFp_mapToG1 },
    g2: { group: g2, sums: new MultiScalar(g2), map: run.mclBnFp2_mapToG2 },
    elements,
    product: new PairingProduct(g1, g2),
    left: mcl.allocate(g2.bytes),
    right: mcl.allocate(g2.bytes),
  };
});

type GroupName = "g1" | "g2";

/** Takes any points of the curve; everything else wants the subgroup. */
function addition(name: GroupName, price: bigint): Precompile {
  return {
    cost: () => price,
    run(input) {
      const { left, right, [name]: side } = curve();
      const { group } = side;
      if (input.length !== 2 * group.encodedSize) return null;
      if (!group.read(left, input, 0) || !group.read(right, input, group.encodedSize)) return null;
      group.add(left, left, right);
      return group.write(left);
    },
  };
}

function multiScalar(name: GroupName, itemSize: number, price: bigint, discounts: readonly number[]): Precompile {
  return {
    cost(input) {
      const count = Math.floor(input.length / itemSize);
      if (count === 0) return 0n;
      const discount = discounts[Math.min(count, discounts.length) - 1]!;
      return (BigInt(count) * price * BigInt(discount)) / 1000n;
    },
    run: (input) => (isItems(input, itemSize) ? curve()[name].sums.sum(input) : null),
  };
}

/** `degree` field elements to a point of the subgroup (RFC 9380, SSWU and clearing of the cofactor, no hashing). */
function mapping(name: GroupName, degree: number, price: bigint): Precompile {
  return {
    cost: () => price,
    run(input) {
      const { elements, left, right, [name]: side } = curve();
      if (input.length !== degree * elements.size) return null;
      for (let i = 0; i < degree; i++) {
        if (!elements.read(left + i * FIELD, input, i * elements.size)) return null;
      }
      side.map(right, left);
      return side.group.write(right);
    },
  };
}

const pairing: Precompile = {
  cost: (input) => 37_700n + 32_600n * BigInt(Math.floor(input.length / PAIR)),
  run(input) {
    if (!isItems(input, PAIR)) return null;
    const isOne = curve().product.isOne(input);
    return isOne === null ? null : isOne ? WORD_ONE : WORD_ZERO;
  },
};

function isItems(input: Uint8Array, size: number): boolean {
  return input.length > 0 && input.length % size === 0;
}

/** EIP-2537, in the order of their addresses from 0x0b. */
export const blsPrecompiles: readonly Precompile[] = [
  addition("g1", 375n),
  multiScalar("g1", ITEM_G1, 12_000n, DISCOUNT_G1),
  addition("g2", 600n),
  multiScalar("g2", ITEM_G2, 22_500n, DISCOUNT_G2),
  pairing,
  mapping("g1", 1, 5500n),
  mapping("g2", 2, 23_800n),
];
