import { concatBytes } from "@fb/types";
import { p256 } from "@noble/curves/nist.js";
import type { Random } from "../fuzz/random.ts";
import { element } from "./point-source.ts";

const { Point } = p256;
const { Fp, Fn } = Point;
type KeyPoint = InstanceType<typeof Point>;

const any = (random: Random): bigint =>
  1n + (BigInt(`0x${Buffer.from(random.bytes(40)).toString("hex")}`) % (Fn.ORDER - 1n));

function encoded(digest: bigint, r: bigint, s: bigint, { x, y }: { x: bigint; y: bigint }): Uint8Array {
  return concatBytes(...[digest, r, s, x, y].map((value) => element(value, 32)));
}

/** A valid signature; the digest may be any 256-bit number, the nonce any. */
function signed(random: Random): Uint8Array {
  const key = any(random);
  const nonce = any(random);
  const digest = random.chance(0.2) ? random.pick([0n, Fn.ORDER, Fn.ORDER - 1n, (1n << 256n) - 1n]) : random.word();
  const r = Fn.create(Point.BASE.multiply(nonce).toAffine().x);
  const s = Fn.mul(Fn.inv(nonce), Fn.create(digest + r * key));
  const signature = encoded(digest, r, random.chance(0.5) ? s : Fn.neg(s), Point.BASE.multiply(key).toAffine());
  return signature;
}

/** The two multiples that are added are the same, opposite or one of them infinity. */
function degenerate(random: Random): Uint8Array {
  const [key, r, s] = [any(random), any(random), any(random)];
  const digest = random.pick([Fn.mul(r, key), Fn.neg(Fn.mul(r, key)), 0n]);
  const sum = Fn.mul(Fn.inv(s), Fn.add(digest, Fn.mul(r, key)));
  const x = sum === 0n ? r : Fn.create(Point.BASE.multiply(sum).toAffine().x);
  return encoded(digest, random.chance(0.3) ? x : r, s, Point.BASE.multiply(key).toAffine());
}

/** The sum's x coordinate is not below the order, so that it is r only after reduction. */
function wrapping(random: Random): Uint8Array {
  for (;;) {
    const x = Fn.ORDER + BigInt(random.next());
    let sum: KeyPoint;
    try {
      sum = Point.fromAffine({ x, y: Fp.sqrt(Fp.add(Fp.mul(Fp.add(Fp.sqr(x), Fp.neg(3n)), x), p256.Point.CURVE().b)) });
    } catch {
      continue;
    }
    const [digest, s] = [any(random), any(random)];
    const r = Fn.create(x);
    const [base, other] = [Fn.mul(digest, Fn.inv(s)), Fn.mul(r, Fn.inv(s))];
    const key = sum.subtract(Point.BASE.multiply(base)).multiply(Fn.inv(other));
    return encoded(digest, random.chance(0.8) ? r : x, s, key.toAffine());
  }
}

/** Digest, r, s, x, y: valid signatures, special sums, and each with a number spoilt. */
export function signatureInput(random: Random): Uint8Array {
  const kind = random.below(10);
  const input = kind < 6 ? signed(random) : kind < 8 ? degenerate(random) : wrapping(random);
  if (random.chance(0.5)) return input;
  const edges = [
    0n,
    1n,
    Fn.ORDER - 1n,
    Fn.ORDER,
    Fn.ORDER + 1n,
    Fp.ORDER - 1n,
    Fp.ORDER,
    Fp.ORDER + 1n,
    (1n << 256n) - 1n,
  ];
  const at = 32 * random.below(5);
  if (random.chance(0.2)) input.fill(0, 96);
  else if (random.chance(0.5)) input.set(element(random.pick(edges), 32), at);
  else input[at + random.below(32)]! ^= 1 << random.below(8);
  return input;
}
