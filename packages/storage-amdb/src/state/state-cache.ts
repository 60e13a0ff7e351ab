import type { Account, Hex } from "@fb/types";

interface Generation {
  readonly accounts: Map<Hex, Account | null>;
  readonly slots: Map<Hex, Map<Hex, Uint8Array>>;
  readonly code: Map<Hex, Uint8Array>;
  bytes: number;
}

// Estimates of what an entry costs beyond its payload: map entry, key string, objects.
const ACCOUNT_BYTES = 400;
const SLOT_BYTES = 300;
const CODE_BYTES = 300;

/**
 * Decoded accounts, slots and code of the head, bounded in bytes. Two generations: a read moves an entry to the young
 * one; when that is full it becomes the old one and the old one is dropped. So what was not used for a while goes, at
 * the cost of two map look-ups instead of a linked list.
 */
export class StateCache {
  readonly #maxBytes: number;
  #young = emptyGeneration();
  #old = emptyGeneration();

  /** @param maxBytes upper bound of both generations together */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#young.bytes + this.#old.bytes;
  }

  account(address: Hex): Account | null | undefined {
    const young = this.#young.accounts.get(address);
    if (young !== undefined) return young;
    const old = this.#old.accounts.get(address);
    if (old !== undefined) this.putAccount(address, old);
    return old;
  }

  slot(address: Hex, slot: Hex): Uint8Array | undefined {
    const young = this.#young.slots.get(address)?.get(slot);
    if (young !== undefined) return young;
    const old = this.#old.slots.get(address)?.get(slot);
    if (old !== undefined) this.putSlot(address, slot, old);
    return old;
  }

  code(codeHash: Hex): Uint8Array | undefined {
    const young = this.#young.code.get(codeHash);
    if (young !== undefined) return young;
    const old = this.#old.code.get(codeHash);
    if (old !== undefined) this.putCode(codeHash, old);
    return old;
  }

  putAccount(address: Hex, account: Account | null): void {
    if (!this.#young.accounts.has(address)) this.#grow(ACCOUNT_BYTES);
    this.#young.accounts.set(address, account);
  }

  putSlot(address: Hex, slot: Hex, value: Uint8Array): void {
    if (this.#young.slots.get(address)?.has(slot) !== true) this.#grow(SLOT_BYTES);
    let slots = this.#young.slots.get(address);
    if (slots === undefined) this.#young.slots.set(address, (slots = new Map()));
    slots.set(slot, value);
  }

  putCode(codeHash: Hex, code: Uint8Array): void {
    if (!this.#young.code.has(codeHash)) this.#grow(CODE_BYTES + code.length);
    this.#young.code.set(codeHash, code);
  }

  /** Forgets all slots of an account. */
  dropSlots(address: Hex): void {
    for (const generation of [this.#young, this.#old]) {
      generation.bytes -= SLOT_BYTES * (generation.slots.get(address)?.size ?? 0);
      generation.slots.delete(address);
    }
  }

  #grow(bytes: number): void {
    if (this.#young.bytes + bytes > this.#maxBytes / 2) {
      this.#old = this.#young;
      this.#young = emptyGeneration();
    }
    this.#young.bytes += bytes;
  }
}

function emptyGeneration(): Generation {
  return { accounts: new Map(), slots: new Map(), code: new Map(), bytes: 0 };
}
