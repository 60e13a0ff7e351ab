/** Least recently used values by number, bounded by the bytes they are said to take. */
export class ByteCache<T> {
  readonly #maxBytes: number;
  /** In order of use, least recent first. */
  readonly #items = new Map<number, { readonly value: T; readonly bytes: number }>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: number): T | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    this.#items.delete(key);
    this.#items.set(key, item);
    return item.value;
  }

  /** A value larger than a quarter of the cache is not kept: it would push out everything else. */
  set(key: number, value: T, bytes: number): void {
    this.#delete(key);
    if (bytes * 4 > this.#maxBytes) return;
    this.#items.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#items.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#delete(oldest);
    }
  }

  #delete(key: number): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    this.#bytes -= item.bytes;
  }
}
