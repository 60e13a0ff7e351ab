import { toHex } from "@fb/types";
import type { EngineMemory } from "./web-assembly.ts";

/** Typed access to an instance's linear memory; views are renewed when the memory grew. */
export class LinearMemory {
  readonly #memory: EngineMemory;
  #bytes: Uint8Array;
  #view: DataView;
  /** A word with its most significant byte first. */
  readonly #word = new Uint8Array(32);

  constructor(memory: EngineMemory) {
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** All of memory; valid until the module runs again. */
  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#renew();
    return this.#bytes;
  }

  get view(): DataView {
    if (this.#bytes.length === 0) this.#renew();
    return this.#view;
  }

  #renew(): void {
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#view = new DataView(this.#memory.buffer);
  }

  /** Bytes in place; valid until the module runs again. */
  window(pointer: number, size: number): Uint8Array {
    return this.bytes.subarray(pointer, pointer + size);
  }

  slice(pointer: number, size: number): Uint8Array {
    return this.bytes.slice(pointer, pointer + size);
  }

  /** 20 bytes and the 4 zero bytes that addresses in memory end with. */
  writeAddress(pointer: number, address: Uint8Array): void {
    const bytes = this.bytes;
    bytes.set(address, pointer);
    bytes.fill(0, pointer + 20, pointer + 24);
  }

  /** A word (four 64-bit limbs, least significant first) from a number. */
  writeWord(pointer: number, value: bigint): void {
    const view = this.view;
    // Each store takes the low 64 bits of what it is given.
    view.setBigUint64(pointer, value, true);
    const small = BigInt.asUintN(64, value) === value;
    view.setBigUint64(pointer + 8, small ? 0n : value >> 64n, true);
    view.setBigUint64(pointer + 16, small ? 0n : value >> 128n, true);
    view.setBigUint64(pointer + 24, small ? 0n : value >> 192n, true);
  }

  readWord(pointer: number): bigint {
    const view = this.view;
    const low = view.getBigUint64(pointer, true);
    const second = view.getBigUint64(pointer + 8, true);
    const third = view.getBigUint64(pointer + 16, true);
    const fourth = view.getBigUint64(pointer + 24, true);
    if ((second | third | fourth) === 0n) return low;
    return low | (second << 64n) | (third << 128n) | (fourth << 192n);
  }

  /** A word from at most 32 big endian bytes. */
  writeWordBytes(pointer: number, value: Uint8Array): void {
    const bytes = this.bytes;
    bytes.fill(0, pointer, pointer + 32);
    const last = value.length - 1;
    for (let i = 0; i <= last; i++) bytes[pointer + i] = value[last - i]!;
  }

  hex(pointer: number, size: number): string {
    return toHex(this.window(pointer, size));
  }

  /** 64 hex digits of a word. */
  wordHex(pointer: number): string {
    const bytes = this.bytes;
    for (let i = 0; i < 32; i++) this.#word[i] = bytes[pointer + 31 - i]!;
    return toHex(this.#word);
  }
}
