/** Small seeded generator (splitmix32): the same seed gives the same programs everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0..2^32-1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** 0..n-1. */
  below(n: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * n);
  }

  chance(probability: number): boolean {
    return this.next() < probability * 0x1_0000_0000;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = this.next();
    return bytes;
  }

  /** A 256-bit number, often at an edge: small, powers of two and their neighbours, all ones, few limbs. */
  word(): bigint {
    switch (this.below(8)) {
      case 0:
        return BigInt(this.below(5));
      case 1:
        return BigInt(this.next());
      case 2:
        return BigInt.asUintN(256, (1n << BigInt(this.below(257))) + BigInt(this.below(5) - 2));
      case 3:
        return BigInt.asUintN(256, -BigInt(this.below(5)));
      case 4:
        return this.#limbs((limb) => (this.chance(0.5) ? 0n : limb));
      case 5:
        return this.#limbs((limb) => (this.chance(0.5) ? (1n << 32n) - 1n : limb));
      case 6:
        return this.#limbs((limb) => limb) >> BigInt(this.below(256));
      default:
        return this.#limbs((limb) => limb);
    }
  }

  /** Eight 32-bit digits, each passed through `shape`. */
  #limbs(shape: (limb: bigint) => bigint): bigint {
    let out = 0n;
    for (let i = 0; i < 8; i++) out = (out << 32n) | shape(BigInt(this.next()));
    return out;
  }
}
