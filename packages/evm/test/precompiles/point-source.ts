import { concatBytes } from "@fb/types";
import type { Random } from "../fuzz/random.ts";

/** What is used of a point of @noble/curves. */
export interface Point {
  add(other: Point): Point;
  double(): Point;
  is0(): boolean;
}

export interface GroupFacts {
  readonly zero: Point;
  readonly generator: Point;
  /** Coordinates in the order of the encoding. */
  coordinates(point: Point): readonly bigint[];
  /** Any point of the curve. */
  onCurve(random: Random): Point;
  /** Number of points of the curve. */
  readonly count: bigint;
  /** Small primes in the cofactor. */
  readonly torsion: readonly bigint[];
  readonly modulus: bigint;
  readonly elementBytes: number;
  readonly coordinateCount: number;
}

/** One group of points, with good and bad encodings of them. */
export class PointSource {
  readonly #facts: GroupFacts;
  readonly #step: Point;
  #current: Point;

  constructor(facts: GroupFacts) {
    this.#facts = facts;
    this.#current = facts.generator;
    this.#step = this.times(facts.generator, 0xdeca_fbadn);
  }

  encode(point: Point): Uint8Array {
    const { coordinateCount, elementBytes, coordinates } = this.#facts;
    if (point.is0()) return new Uint8Array(coordinateCount * elementBytes);
    return concatBytes(...coordinates(point).map((value) => element(value, elementBytes)));
  }

  /** Works for any point of the curve. */
  times(point: Point, scalar: bigint): Point {
    let out = this.#facts.zero;
    for (const digit of scalar.toString(2)) {
      out = out.double();
      if (digit === "1") out = out.add(point);
    }
    return out;
  }

  /** A scalar times the generator. */
  multiple(scalar: bigint): Point {
    return this.times(this.#facts.generator, scalar);
  }

  /** The next point of the subgroup. */
  good(): Point {
    this.#current = this.#current.add(this.#step);
    return this.#current;
  }

  /** A point of small prime order, infinity where the cofactor has none. */
  small(random: Random): Point {
    const { torsion, count, zero, onCurve } = this.#facts;
    if (torsion.length === 0) return zero;
    const prime = random.pick(torsion);
    let rest = count;
    while (rest % prime === 0n) rest /= prime;
    let point = this.times(onCurve(random), rest);
    for (let next = point; !next.is0(); next = this.times(next, prime)) point = next;
    return point;
  }

  /** A point of the curve, most often outside the subgroup: any, a small one, or a small one plus a good one. */
  astray(random: Random): Point {
    if (random.chance(0.4)) return this.#facts.onCurve(random);
    return random.chance(0.5) ? this.small(random) : this.small(random).add(this.good());
  }

  /** Rarely a point: coordinates at edges or raised by the modulus, a changed bit, coordinates of two points. */
  spoilt(random: Random): Uint8Array {
    const { coordinateCount, elementBytes, modulus } = this.#facts;
    const bytes = this.encode(this.good());
    const top = 1n << BigInt(8 * elementBytes);
    switch (random.below(4)) {
      case 0: {
        const edges = [0n, 1n, 2n, modulus - 1n, modulus, modulus + 1n, top >> 1n, top - 1n];
        for (let i = 0; i < coordinateCount; i++) {
          bytes.set(element(random.pick(edges), elementBytes), i * elementBytes);
        }
        return bytes;
      }
      case 1: {
        const at = random.below(coordinateCount) * elementBytes;
        const value = BigInt(`0x${Buffer.from(bytes.subarray(at, at + elementBytes)).toString("hex")}`);
        const raised = value + modulus * BigInt(1 + random.below(3));
        if (raised < top) bytes.set(element(raised, elementBytes), at);
        return bytes;
      }
      case 2:
        bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
        return bytes;
      default:
        bytes.set(this.encode(this.good()).subarray(0, bytes.length / 2));
        return bytes;
    }
  }

  /** Mostly good, sometimes infinity; as often as `bad` says astray or spoilt. */
  any(random: Random, bad: number): Uint8Array {
    if (random.chance(bad)) return random.chance(0.5) ? this.spoilt(random) : this.encode(this.astray(random));
    return this.encode(random.chance(0.1) ? this.#facts.zero : this.good());
  }
}

/** Big endian. */
export function element(value: bigint, size: number): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex"));
}
