const WORDS = 4;
const INITIAL_SLOTS = 1024;

/**
 * A set of 16-byte keys that are already uniformly distributed (hash prefixes): open addressing in one typed array,
 * 32 to 64 bytes a key instead of the hundreds that a set of strings takes.
 */
export class KeySet {
  #slots = new Uint32Array(INITIAL_SLOTS * WORDS);
  #mask = INITIAL_SLOTS - 1;
  #count = 0;
  /** The all-zero key marks a free slot, so it is kept apart. */
  #hasZero = false;

  get size(): number {
    return this.#count + (this.#hasZero ? 1 : 0);
  }

  has(key: Uint8Array): boolean {
    const words = toWords(key);
    return isZero(words) ? this.#hasZero : !this.#isFree(this.#find(words));
  }

  /** False when the key was there. */
  add(key: Uint8Array): boolean {
    const words = toWords(key);
    if (isZero(words)) {
      const isNew = !this.#hasZero;
      this.#hasZero = true;
      return isNew;
    }
    const slot = this.#find(words);
    if (!this.#isFree(slot)) return false;
    this.#slots.set(words, slot * WORDS);
    if (++this.#count * 2 > this.#mask) this.#rehash((this.#mask + 1) * 2);
    return true;
  }

  delete(key: Uint8Array): boolean {
    const words = toWords(key);
    if (isZero(words)) {
      const was = this.#hasZero;
      this.#hasZero = false;
      return was;
    }
    const slot = this.#find(words);
    if (this.#isFree(slot)) return false;
    this.#close(slot);
    this.#count--;
    if (this.#mask >= INITIAL_SLOTS && this.#count * 8 < this.#mask) this.#rehash((this.#mask + 1) / 2);
    return true;
  }

  /** Slot of the key, or the free slot where it belongs. */
  #find(words: Words): number {
    const slots = this.#slots;
    for (let slot = words[0] & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * WORDS;
      const isSame =
        slots[at] === words[0] &&
        slots[at + 1] === words[1] &&
        slots[at + 2] === words[2] &&
        slots[at + 3] === words[3];
      if (isSame || this.#isFree(slot)) return slot;
    }
  }

  #isFree(slot: number): boolean {
    const at = slot * WORDS;
    const slots = this.#slots;
    return (slots[at]! | slots[at + 1]! | slots[at + 2]! | slots[at + 3]!) === 0;
  }

  /** Frees a slot and moves later keys of its run back, so that no search stops short of them. */
  #close(freed: number): void {
    const slots = this.#slots;
    let hole = freed;
    for (let slot = (hole + 1) & this.#mask; !this.#isFree(slot); slot = (slot + 1) & this.#mask) {
      const home = slots[slot * WORDS]! & this.#mask;
      // The key may move when its home does not lie between the hole and its place.
      if (((slot - home) & this.#mask) >= ((slot - hole) & this.#mask)) {
        slots.copyWithin(hole * WORDS, slot * WORDS, (slot + 1) * WORDS);
        hole = slot;
      }
    }
    slots.fill(0, hole * WORDS, (hole + 1) * WORDS);
  }

  #rehash(slotCount: number): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(slotCount * WORDS);
    this.#mask = slotCount - 1;
    for (let at = 0; at < old.length; at += WORDS) {
      const words: Words = [old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!];
      if (!isZero(words)) this.#slots.set(words, this.#find(words) * WORDS);
    }
  }
}

type Words = readonly [number, number, number, number];

function toWords(key: Uint8Array): Words {
  return [wordAt(key, 0), wordAt(key, 4), wordAt(key, 8), wordAt(key, 12)];
}

function wordAt(key: Uint8Array, at: number): number {
  return ((key[at]! << 24) | (key[at + 1]! << 16) | (key[at + 2]! << 8) | key[at + 3]!) >>> 0;
}

function isZero(words: Words): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 0;
}
