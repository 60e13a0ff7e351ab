import { FIELD, type Mcl, SCALAR } from "./mcl.ts";

/** How the precompiles of a curve encode a field element: zeros, then the number, big endian. */
export interface ElementFormat {
  /** Bytes of the whole encoding. */
  readonly size: number;
  /** Bytes of the number, at the end of the encoding. */
  readonly digits: number;
}

/** Field elements and scalars between their encodings and mcl's memory. */
export class Elements {
  readonly mcl: Mcl;
  readonly size: number;
  readonly #digits: number;
  readonly #buffer: number;

  constructor(mcl: Mcl, { size, digits }: ElementFormat) {
    this.mcl = mcl;
    this.size = size;
    this.#digits = digits;
    this.#buffer = mcl.allocate(FIELD);
  }

  /** Reads `size` bytes at `from`. False when they are not a number below the modulus. */
  read(out: number, input: Uint8Array, from: number): boolean {
    const digitsAt = from + this.size - this.#digits;
    if (!isZero(input, from, digitsAt)) return false;
    this.#copyReversed(input, digitsAt, this.#digits);
    return this.mcl.run.mclBnFp_deserialize(out, this.#buffer, this.#digits) !== 0;
  }

  /** Writes `size` bytes into zeroed `output` at `from`. */
  write(output: Uint8Array, from: number, element: number): void {
    this.mcl.run.mclBnFp_serialize(this.#buffer, this.#digits, element);
    const { bytes } = this.mcl;
    const last = from + this.size - 1;
    for (let i = 0; i < this.#digits; i++) output[last - i] = bytes[this.#buffer + i]!;
  }

  /** Reads 32 bytes. False when they are not a number below the group's order. */
  readScalar(out: number, input: Uint8Array, from: number): boolean {
    this.#copyReversed(input, from, SCALAR);
    return this.mcl.run.mclBnFr_deserialize(out, this.#buffer, SCALAR) !== 0;
  }

  /** Reads 32 bytes modulo the group's order. */
  readAnyScalar(out: number, input: Uint8Array, from: number): void {
    for (let i = 0; i < SCALAR; i++) this.mcl.bytes[this.#buffer + i] = input[from + i]!;
    this.mcl.run.mclBnFr_setBigEndianMod(out, this.#buffer, SCALAR);
  }

  #copyReversed(input: Uint8Array, from: number, size: number): void {
    const { bytes } = this.mcl;
    const last = this.#buffer + size - 1;
    for (let i = 0; i < size; i++) bytes[last - i] = input[from + i]!;
  }
}

/** Whether the bytes from `from` to before `to` are zero. */
export function isZero(input: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (input[i] !== 0) return false;
  return true;
}
