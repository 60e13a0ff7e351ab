import { bigToBytes } from "@fb/types";
import { arity, type Opcode } from "./opcodes.ts";

const DUP1 = 0x80;
const SWAP1 = 0x90;
const LOG0 = 0xa0;
const PUSH0 = 0x5f;
const PUSH2 = 0x61;
const PUSH32 = 0x7f;

/** Writes bytecode and counts the stack, so that most programs run far before anything goes wrong. */
export class Assembler {
  readonly #code: number[] = [];
  #height = 0;

  /** Stack items at this place of the program. */
  get height(): number {
    return this.#height;
  }

  /** Bytes written. */
  get size(): number {
    return this.#code.length;
  }

  push(value: bigint | number): void {
    this.#height++;
    if (value < 256) {
      const byte = Number(value);
      if (byte === 0) this.#code.push(PUSH0);
      else this.#code.push(PUSH0 + 1, byte);
      return;
    }
    const bytes = bigToBytes(BigInt(value));
    this.#code.push(PUSH0 + bytes.length, ...bytes);
  }

  op(...ops: readonly Opcode[]): void {
    for (const op of ops) {
      const [code, takes, leaves] = arity(op);
      this.#code.push(code);
      this.#height += leaves - takes;
    }
  }

  /** Copies the item at `depth` (1 = top). */
  dup(depth: number): void {
    this.#code.push(DUP1 + depth - 1);
    this.#height++;
  }

  /** Swaps the top with the item `depth` below it. */
  swap(depth: number): void {
    this.#code.push(SWAP1 + depth - 1);
  }

  log(topics: number): void {
    this.#code.push(LOG0 + topics);
    this.#height -= topics + 2;
  }

  /** Bytes that the stack count knows nothing of. */
  raw(...bytes: readonly number[]): void {
    this.#code.push(...bytes);
  }

  /** Stores bytes in memory from 0 on, whole words. */
  toMemory(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 32) {
      const word = new Uint8Array(32);
      word.set(bytes.subarray(at, at + 32));
      this.#code.push(PUSH32, ...word);
      this.#height++;
      this.push(at);
      this.op("MSTORE");
    }
  }

  /** A jump forward, to where `land` is called with the answer; JUMPI takes its condition from the stack. */
  jumpAhead(op: "JUMP" | "JUMPI"): number {
    const at = this.#code.length;
    this.#code.push(PUSH2, 0, 0);
    this.#height++;
    this.op(op);
    return at;
  }

  land(at: number): void {
    const target = this.mark();
    this.#code[at + 1] = target >> 8;
    this.#code[at + 2] = target & 255;
  }

  /** A place to jump to. */
  mark(): number {
    const target = this.#code.length;
    this.op("JUMPDEST");
    return target;
  }

  jumpBack(target: number): void {
    this.#code.push(PUSH2, target >> 8, target & 255);
    this.#height++;
    this.op("JUMPI");
  }

  /** Pops or pushes until the stack has `height` items. */
  level(height: number): void {
    while (this.#height > height) this.op("POP");
    while (this.#height < height) this.push(1n);
  }

  code(): Uint8Array {
    return Uint8Array.from(this.#code);
  }
}
