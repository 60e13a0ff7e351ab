import { keyNumber } from "@fb/storage-amdb";

/** Reads bytes from front to back; null where there are not enough left. */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number | null): Uint8Array | null {
    if (length === null || length > this.#bytes.length - this.#at) return null;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint8(): number | null {
    return this.take(1)?.[0] ?? null;
  }

  uint16(): number | null {
    return this.take(2) === null ? null : this.#view.getUint16(this.#at - 2);
  }

  uint32(): number | null {
    return this.take(4) === null ? null : this.#view.getUint32(this.#at - 4);
  }

  /** A number below 2^53. */
  uint64(): number | null {
    const bytes = this.take(8);
    const value = bytes === null ? Number.NaN : keyNumber(bytes);
    return Number.isSafeInteger(value) ? value : null;
  }
}
