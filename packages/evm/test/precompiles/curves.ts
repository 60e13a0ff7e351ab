import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import type { Random } from "../fuzz/random.ts";
import { type GroupFacts, type Point, PointSource } from "./point-source.ts";

type Curve = typeof bn254 | typeof bls12_381;
type PointG1 = typeof bn254.G1.Point.BASE;
type PointG2 = typeof bn254.G2.Point.BASE;
type Fp2Value = PointG2["x"];

export interface CurveSources {
  readonly g1: PointSource;
  readonly g2: PointSource;
  readonly order: bigint;
  readonly modulus: bigint;
}

interface CurveFacts {
  /** Of the equations y^2 = x^3 + b. */
  readonly b1: bigint;
  readonly b2: readonly [bigint, bigint];
  readonly cofactors: readonly [bigint, bigint];
  readonly torsion: readonly [readonly bigint[], readonly bigint[]];
  readonly elementBytes: number;
  readonly imaginaryFirst: boolean;
}

function sourcesOf({ G1, G2, fields }: Curve, facts: CurveFacts): CurveSources {
  const { Fp, Fp2, Fr } = fields;
  const b2 = Fp2.fromBigTuple([...facts.b2]);
  const number = (random: Random) => BigInt(`0x${Buffer.from(random.bytes(48)).toString("hex")}`) % Fp.ORDER;
  const common = { modulus: Fp.ORDER, elementBytes: facts.elementBytes };
  const g1: GroupFacts = {
    ...common,
    zero: G1.Point.ZERO as unknown as Point,
    generator: G1.Point.BASE as unknown as Point,
    coordinates: (point) => {
      const { x, y } = (point as unknown as PointG1).toAffine();
      return [x, y];
    },
    onCurve: (random) => G1.Point.fromAffine(solve(random, Fp, number, facts.b1)) as unknown as Point,
    count: Fr.ORDER * facts.cofactors[0],
    torsion: facts.torsion[0],
    coordinateCount: 2,
  };
  const g2: GroupFacts = {
    ...common,
    zero: G2.Point.ZERO as unknown as Point,
    generator: G2.Point.BASE as unknown as Point,
    coordinates: (point) => {
      const { x, y } = (point as unknown as PointG2).toAffine();
      return facts.imaginaryFirst ? [x.c1, x.c0, y.c1, y.c0] : [x.c0, x.c1, y.c0, y.c1];
    },
    onCurve: (random) => {
      const x = () => Fp2.fromBigTuple([number(random), number(random)]);
      return G2.Point.fromAffine(solve<Fp2Value>(random, Fp2, x, b2)) as unknown as Point;
    },
    count: Fr.ORDER * facts.cofactors[1],
    torsion: facts.torsion[1],
    coordinateCount: 4,
  };
  return { g1: new PointSource(g1), g2: new PointSource(g2), order: Fr.ORDER, modulus: Fp.ORDER };
}

interface Field<F> {
  mul(a: F, b: F): F;
  sqr(a: F): F;
  add(a: F, b: F): F;
  neg(a: F): F;
  /** Throws where there is no root. */
  sqrt(a: F): F;
}

/** A solution of y^2 = x^3 + b with random x. */
function solve<F>(random: Random, field: Field<F>, next: (random: Random) => F, b: F): { x: F; y: F } {
  for (;;) {
    const x = next(random);
    try {
      const y = field.sqrt(field.add(field.mul(field.sqr(x), x), b));
      return { x, y: random.chance(0.5) ? y : field.neg(y) };
    } catch {
      // Every other x has no y.
    }
  }
}

const BN_P = bn254.fields.Fp.ORDER;
const { Fp2: BN_FP2 } = bn254.fields;
const BN_B2 = BN_FP2.div(BN_FP2.fromBigTuple([3n, 0n]), BN_FP2.fromBigTuple([9n, 1n]));

export function bnSources(): CurveSources {
  return sourcesOf(bn254, {
    b1: 3n,
    b2: [BN_B2.c0, BN_B2.c1],
    cofactors: [1n, 2n * BN_P - bn254.fields.Fr.ORDER],
    torsion: [[], [10_069n, 5_864_401n]],
    elementBytes: 32,
    imaginaryFirst: true,
  });
}

/** The number z of the curve is the negative of this one. */
const BLS_Z = 0xd201_0000_0001_0000n;
const BLS_COFACTOR_G2 =
  0x5d543a95414e7f1091d50792876a202cd91de4547085abaa68a205b2e5a7ddfa628f1cb4d9e82ef21537e293a6691ae1616ec6e786f0c70cf1c38e31c7238e5n;

export function blsSources(): CurveSources {
  return sourcesOf(bls12_381, {
    b1: 4n,
    b2: [4n, 4n],
    cofactors: [(BLS_Z + 1n) ** 2n / 3n, BLS_COFACTOR_G2],
    torsion: [
      [3n, 11n, 10_177n],
      [13n, 23n, 2713n],
    ],
    elementBytes: 64,
    imaginaryFirst: false,
  });
}
