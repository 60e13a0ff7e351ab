/**
 * A cursor over canonical RLP without copying. `next` reads one item head; the payload is then `bytes[from, to)`.
 * Refuses everything that has a shorter encoding (SPEC 1).
 */
export class RlpReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Where the next item starts. */
  at: number;
  isList = false;
  from = 0;
  to = 0;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** False when there is no further item or it is not canonical; the cursor is of no use then. */
  next(): boolean {
    const { bytes, end } = this;
    const start = this.at;
    if (start >= end) return false;
    const head = bytes[start]!;
    if (head < 0x80) return this.#accept(false, start, start + 1);
    if (head < 0xb8) {
      const from = start + 1;
      if (head === 0x81 && (from >= end || bytes[from]! < 0x80)) return false;
      return this.#accept(false, from, from + head - 0x80);
    }
    if (head < 0xc0) return this.#long(false, start + 1, head - 0xb7);
    if (head < 0xf8) return this.#accept(true, start + 1, start + 1 + head - 0xc0);
    return this.#long(true, start + 1, head - 0xf7);
  }

  /** A list item as a cursor over its elements; null when the next item is not a list. */
  list(): RlpReader | null {
    return this.next() && this.isList ? new RlpReader(this.bytes, this.from, this.to) : null;
  }

  /** A byte item as a view; null when the next item is not bytes. */
  view(): Uint8Array | null {
    return this.next() && !this.isList ? this.bytes.subarray(this.from, this.to) : null;
  }

  /** Bytes of exactly this length as a view. */
  fixed(length: number): Uint8Array | null {
    return this.next() && !this.isList && this.to - this.from === length
      ? this.bytes.subarray(this.from, this.to)
      : null;
  }

  /** A canonical integer up to 2^53 - 1; -1 when the next item is anything else. */
  uint(): number {
    if (!this.next() || this.isList) return -1;
    return readUint(this.bytes, this.from, this.to);
  }

  get done(): boolean {
    return this.at === this.end;
  }

  #long(isList: boolean, from: number, lengthBytes: number): boolean {
    const { bytes, end } = this;
    if (from + lengthBytes > end || bytes[from] === 0) return false;
    let length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[from + i]!;
    if (length < 56) return false;
    return this.#accept(isList, from + lengthBytes, from + lengthBytes + length);
  }

  #accept(isList: boolean, from: number, to: number): boolean {
    if (to > this.end) return false;
    this.isList = isList;
    this.from = from;
    this.to = to;
    this.at = to;
    return true;
  }
}

/** The integer in `bytes[from, to)`, without leading zeros and up to 2^53 - 1; -1 otherwise. */
export function readUint(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length === 0) return 0;
  if (length > 7 || bytes[from] === 0) return -1;
  let value = 0;
  for (let i = from; i < to; i++) value = value * 256 + bytes[i]!;
  return value <= Number.MAX_SAFE_INTEGER ? value : -1;
}
