/** Least recently used values by number, bounded by the bytes they are said to take, and the last one that is long. */
export class ByteCache<T> {
  readonly #maxBytes: number;
  /** In order of use, least recent first. */
  readonly #items = new Map<number, { readonly value: T; readonly bytes: number }>();
  #bytes = 0;
  #long: { readonly key: number; readonly value: T } | null = null;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Without the long one. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Does not count as a use. */
  has(key: number): boolean {
    return this.#items.has(key) || this.#long?.key === key;
  }

  get(key: number): T | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return this.#long?.key === key ? this.#long.value : undefined;
    this.#items.delete(key);
    this.#items.set(key, item);
    return item.value;
  }

  /** A value larger than a quarter of the cache would push out everything else: the last such is kept apart. */
  set(key: number, value: T, bytes: number): void {
    this.#delete(key);
    if (bytes * 4 > this.#maxBytes) {
      this.#long = { key, value };
      return;
    }
    this.#items.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#items.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#delete(oldest);
    }
  }

  #delete(key: number): void {
    if (this.#long?.key === key) this.#long = null;
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    this.#bytes -= item.bytes;
  }
}
