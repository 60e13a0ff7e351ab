import { bigToBytes } from "@fb/types";
import type { Random } from "./random.ts";

/** Addresses a program may name: contracts, plain accounts, precompiles, a system contract, nobody. */
export const CONTRACTS = [0xc1, 0xc2, 0xc3, 0xc4].map((n) => 0xcccc_0000n + BigInt(n));
export const PLAIN = 0xeeee_0001n;
export const NOBODY = 0xdead_0001n;
export const SYSTEM = 0x1005n;
const PRECOMPILES = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 9n];

const UNARY = [0x15, 0x19, 0x1e, 0x31, 0x35, 0x3b, 0x3f, 0x40, 0x49, 0x51, 0x54, 0x5c];
const BINARY = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b,
  0x1c, 0x1d,
];
const NULLARY = [
  0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x4a, 0x58, 0x59,
  0x5a, 0x5f,
];

/** Writes bytecode while keeping count of the stack, so that most programs run deep before anything goes wrong. */
export class ProgramWriter {
  readonly #random: Random;
  readonly #code: number[] = [];
  #height = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  #op(...bytes: number[]): void {
    this.#code.push(...bytes);
  }

  push(value: bigint): void {
    const bytes = value === 0n ? Uint8Array.of(0) : bigToBytes(value);
    this.#op(0x5f + bytes.length, ...bytes);
    this.#height++;
  }

  #take(count: number, left: number, ...bytes: number[]): void {
    this.#op(...bytes);
    this.#height += left - count;
  }

  #address(): bigint {
    const r = this.#random;
    if (r.chance(0.55)) return r.pick(CONTRACTS);
    if (r.chance(0.4)) return r.pick(PRECOMPILES);
    if (r.chance(0.4)) return SYSTEM;
    return r.pick([PLAIN, NOBODY, r.word()]);
  }

  /** Mostly small; now and then far beyond what gas can pay. */
  #offset(): bigint {
    const r = this.#random;
    return r.chance(0.96) ? BigInt(r.below(200)) : r.word();
  }

  #slot(): bigint {
    return this.#random.chance(0.9) ? BigInt(this.#random.below(4)) : this.#random.word();
  }

  #value(): bigint {
    const r = this.#random;
    return r.chance(0.6) ? 0n : r.chance(0.8) ? BigInt(r.below(50)) : r.word();
  }

  #operand(): void {
    const r = this.#random;
    if (this.#height > 3 && r.chance(0.3)) this.#take(0, 1, 0x80 + r.below(Math.min(this.#height, 16)));
    else this.push(r.word());
  }

  #arithmetic(): void {
    const r = this.#random;
    const kind = r.below(10);
    if (kind < 2) {
      this.#operand();
      this.#take(1, 1, r.pick(UNARY));
    } else if (kind < 8) {
      this.#operand();
      if (r.chance(0.3)) this.push(BigInt(r.below(260)));
      else this.#operand();
      this.#take(2, 1, r.pick(BINARY));
    } else {
      for (let i = 0; i < 3; i++) this.#operand();
      this.#take(3, 1, r.pick([0x08, 0x09]));
    }
  }

  #memory(): void {
    const r = this.#random;
    switch (r.below(7)) {
      case 0:
        this.#operand();
        this.push(this.#offset());
        this.#take(2, 0, 0x52);
        return;
      case 1:
        this.#operand();
        this.push(this.#offset());
        this.#take(2, 0, 0x53);
        return;
      case 2:
        this.push(this.#offset());
        this.#take(1, 1, 0x51);
        return;
      case 3:
        for (let i = 0; i < 3; i++) this.push(this.#offset());
        this.#take(3, 0, r.pick([0x37, 0x39, 0x3e, 0x5e]));
        return;
      case 4:
        for (let i = 0; i < 3; i++) this.push(this.#offset());
        this.push(this.#address());
        this.#take(4, 0, 0x3c);
        return;
      case 5:
        // Return data as far as it goes.
        this.#take(0, 1, 0x3d);
        this.push(0n);
        this.push(this.#offset());
        this.#take(3, 0, 0x3e);
        return;
      default:
        this.push(this.#offset());
        this.push(this.#offset());
        this.#take(2, 1, 0x20);
        return;
    }
  }

  #storage(): void {
    const r = this.#random;
    const load = r.chance(0.35);
    if (!load) {
      if (r.chance(0.7)) this.push(BigInt(r.below(3)));
      else this.#operand();
    }
    this.push(this.#slot());
    if (load) this.#take(1, 1, r.pick([0x54, 0x5c]));
    else this.#take(2, 0, r.chance(0.75) ? 0x55 : 0x5d);
  }

  #log(): void {
    const topics = this.#random.below(5);
    for (let i = 0; i < topics; i++) this.push(this.#random.word());
    this.push(this.#offset());
    this.push(this.#offset());
    this.#take(topics + 2, 0, 0xa0 + topics);
  }

  #call(): void {
    const r = this.#random;
    const op = r.pick([0xf1, 0xf1, 0xf1, 0xf2, 0xf4, 0xfa]);
    const target = this.#address();
    if (target === SYSTEM) {
      // First input byte = command of the system contract in the host.
      this.push(BigInt(r.below(6)));
      this.push(0n);
      this.#take(2, 0, 0x53);
    }
    this.push(this.#offset());
    this.push(this.#offset());
    this.push(target === SYSTEM ? BigInt(1 + r.below(40)) : this.#offset());
    this.push(target === SYSTEM ? 0n : this.#offset());
    const priced = op === 0xf1 || op === 0xf2;
    if (priced) this.push(this.#value());
    this.push(target);
    if (r.chance(0.7)) this.#take(0, 1, 0x5a);
    else this.push(r.chance(0.8) ? BigInt(r.below(60_000)) : r.word());
    this.#take(priced ? 7 : 6, 1, op);
  }

  #create(): void {
    const r = this.#random;
    const init = r.chance(0.85) ? writeInitCode(r) : r.bytes(r.below(60));
    for (let at = 0; at < init.length; at += 32) {
      const word = new Uint8Array(32);
      word.set(init.subarray(at, at + 32));
      this.#op(0x7f, ...word);
      this.#height++;
      this.push(BigInt(at));
      this.#take(2, 0, 0x52);
    }
    const second = r.chance(0.5);
    if (second) this.push(BigInt(r.below(3)));
    this.push(r.chance(0.97) ? BigInt(init.length) : this.#offset());
    this.push(0n);
    this.push(this.#value());
    this.#take(second ? 4 : 3, 1, second ? 0xf5 : 0xf0);
    if (r.chance(0.4)) {
      // Call what was created.
      for (let i = 0; i < 5; i++) this.push(0n);
      this.#take(0, 1, 0x80 + 5);
      this.#take(0, 1, 0x5a);
      this.#take(7, 1, 0xf1);
    }
  }

  #branch(depth: number): void {
    const r = this.#random;
    if (r.chance(0.6)) this.push(BigInt(r.below(2)));
    else this.#operand();
    const at = this.#code.length;
    this.#op(0x61, 0, 0, 0x57);
    const height = --this.#height;
    this.block(1 + r.below(4), depth + 1);
    this.#level(height);
    this.#land(at);
  }

  #loop(depth: number): void {
    this.push(BigInt(1 + this.#random.below(4)));
    const start = this.#code.length;
    this.#op(0x5b);
    const height = this.#height;
    this.block(1 + this.#random.below(4), depth + 1);
    this.#level(height);
    // counter - 1, loop while it is not zero
    this.#op(0x60, 1, 0x90, 0x03, 0x80, 0x61, start >> 8, start & 255, 0x57);
  }

  /** Pops or pushes until the stack has `height` items. */
  #level(height: number): void {
    while (this.#height > height) this.#take(1, 0, 0x50);
    while (this.#height < height) this.push(1n);
  }

  #land(at: number): void {
    const target = this.#code.length;
    this.#code[at + 1] = target >> 8;
    this.#code[at + 2] = target & 255;
    this.#op(0x5b);
  }

  #fault(): void {
    const r = this.#random;
    switch (r.below(6)) {
      case 0:
        this.#op(0xfe);
        return;
      case 1:
        this.#op(r.next() & 255);
        return;
      case 2:
        this.push(this.#offset());
        this.#take(1, 0, 0x56);
        return;
      case 3:
        for (let i = 0; i <= this.#height; i++) this.#op(0x50);
        return;
      case 4:
        for (let i = 0; i < 1030; i++) this.#op(0x5f);
        return;
      default:
        this.push(this.#offset());
        this.push(this.#offset());
        this.#take(2, 0, 0xfd);
        return;
    }
  }

  #shuffle(): void {
    const r = this.#random;
    if (this.#height > 2 && r.chance(0.5)) {
      this.#op(0x90 + r.below(Math.min(this.#height - 1, 16)));
      return;
    }
    if (this.#height > 0 && r.chance(0.5)) {
      this.#take(1, 0, 0x50);
      return;
    }
    this.#take(0, 1, r.pick(NULLARY));
  }

  raw(...bytes: number[]): void {
    this.#code.push(...bytes);
  }

  code(): Uint8Array {
    return Uint8Array.from(this.#code);
  }

  block(statements: number, depth: number): void {
    const r = this.#random;
    for (let i = 0; i < statements && this.#code.length < 4000; i++) {
      const kind = r.below(100);
      if (kind < 25) this.#arithmetic();
      else if (kind < 42) this.#memory();
      else if (kind < 57) this.#storage();
      else if (kind < 62) this.#log();
      else if (kind < 74) this.#call();
      else if (kind < 78) this.#create();
      else if (kind < 84 && depth < 3) this.#branch(depth);
      else if (kind < 88 && depth < 2) this.#loop(depth);
      else if (kind < 98) this.#shuffle();
      else if (r.chance(0.35)) this.#fault();
    }
  }

  /** Ends in one of the ways a program can end. */
  finish(): Uint8Array {
    const r = this.#random;
    const kind = r.below(20);
    if (kind < 10) {
      this.push(this.#offset());
      this.push(this.#offset());
      this.#op(kind < 7 ? 0xf3 : 0xfd);
    } else if (kind < 12) {
      this.push(r.chance(0.7) ? this.#address() : NOBODY);
      this.#op(0xff);
    } else if (kind < 14) {
      // Cut off inside an immediate.
      this.#op(0x60 + r.below(32), 1);
    }
    return Uint8Array.from(this.#code);
  }
}

export function writeProgram(random: Random): Uint8Array {
  if (random.chance(0.04)) return random.bytes(random.below(200));
  const writer = new ProgramWriter(random);
  writer.block(3 + random.below(22), 0);
  return writer.finish();
}

/** Some statements, then a piece of code returned. */
function writeInitCode(random: Random): Uint8Array {
  const writer = new ProgramWriter(random);
  writer.block(random.below(3), 2);
  const runtime = random.pick([
    [],
    [0x60, 0x01, 0x60, 0x00, 0x55],
    [0x33, 0xff],
    [0xef, 0x00],
    [0x5f, 0x5f, 0xfd],
    [0x60, 0x07, 0x5f, 0x5d, 0x5f, 0x5c, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3],
  ]);
  if (random.chance(0.2)) return writer.finish();
  if (runtime.length > 0) {
    const word = new Uint8Array(32);
    word.set(runtime);
    writer.push(BigInt(`0x${Buffer.from(word).toString("hex")}`) || 1n);
    writer.push(0n);
    writer.raw(0x52);
  }
  writer.push(random.chance(0.97) ? BigInt(runtime.length) : BigInt(random.below(26_000)));
  writer.push(0n);
  writer.raw(0xf3);
  return writer.code();
}
