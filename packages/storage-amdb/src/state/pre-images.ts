import type { Account, Height, Hex } from "@fb/types";
import type { NetChanges } from "./net-changes.ts";

/** What was there before a block changed it. */
export interface BlockPreImages {
  readonly accounts: ReadonlyMap<Hex, Account | null>;
  readonly slots: ReadonlyMap<Hex, ReadonlyMap<Hex, Uint8Array>>;
  /** Accounts whose storage it cleared without listing the slots. */
  readonly cleared: ReadonlySet<Hex>;
}

interface Kept extends BlockPreImages {
  readonly bytes: number;
}

/** A value before a later block changed it. `unknown` = that block cleared the storage without listing it. */
export type PreImage<T> = { readonly value: T } | "unknown" | undefined;

const BLOCK_BYTES = 500;
const ACCOUNT_BYTES = 400;
const SLOT_BYTES = 300;
/** A peek looks through them one by one. */
const MAX_BLOCKS = 256;

export function preImagesOf(net: NetChanges): BlockPreImages {
  const accounts = new Map<Hex, Account | null>();
  const slots = new Map<Hex, Map<Hex, Uint8Array>>();
  const cleared = new Set<Hex>();
  for (const [address, change] of net.accounts) {
    if (change.after !== change.before) accounts.set(address, change.before);
    if (change.cleared) cleared.add(address);
    else if (change.slots.size > 0) {
      const own = new Map<Hex, Uint8Array>();
      for (const [slot, { before }] of change.slots) own.set(slot, before);
      slots.set(address, own);
    }
  }
  return { accounts, slots, cleared };
}

/** Estimated memory. */
export function preImageBytes({ accounts, slots }: BlockPreImages): number {
  let bytes = BLOCK_BYTES + ACCOUNT_BYTES * accounts.size;
  for (const own of slots.values()) bytes += ACCOUNT_BYTES + SLOT_BYTES * own.size;
  return bytes;
}

/**
 * What the last blocks overwrote, in memory: it turns the head's state back into that of a recent block. Bounded in
 * bytes and blocks; the oldest go first.
 */
export class PreImages {
  readonly #maxBytes: number;
  readonly #maxBlocks: number;
  readonly #blocks = new Map<Height, Kept>();
  #head: Height;
  #bytes = 0;

  constructor(head: Height, maxBytes: number, maxBlocks: number) {
    this.#head = head;
    this.#maxBytes = maxBytes;
    this.#maxBlocks = Math.min(maxBlocks, MAX_BLOCKS);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Lowest height that can be restored. */
  get floor(): Height {
    return this.#head - this.#blocks.size;
  }

  push(height: Height, images: BlockPreImages): void {
    const bytes = preImageBytes(images);
    this.#blocks.set(height, { ...images, bytes });
    this.#head = height;
    this.#bytes += bytes;
    for (const [oldest, block] of this.#blocks) {
      if (this.#bytes <= this.#maxBytes && this.#blocks.size <= this.#maxBlocks) break;
      this.#blocks.delete(oldest);
      this.#bytes -= block.bytes;
    }
  }

  /** The account at `height` when a block after it changed it; undefined = it is as at the head. */
  account(height: Height, address: Hex): PreImage<Account | null> {
    for (let later = height + 1; later <= this.#head; later++) {
      const account = this.#blocks.get(later)?.accounts.get(address);
      if (account !== undefined) return { value: account };
    }
    return undefined;
  }

  slot(height: Height, address: Hex, slot: Hex): PreImage<Uint8Array> {
    for (let later = height + 1; later <= this.#head; later++) {
      const block = this.#blocks.get(later);
      if (block?.cleared.has(address)) return "unknown";
      const value = block?.slots.get(address)?.get(slot);
      if (value !== undefined) return { value };
    }
    return undefined;
  }

  /** Sets every slot of an account that changed after `height` back to its value at that height; zero included. */
  restoreSlots(height: Height, address: Hex, slots: Map<Hex, Uint8Array>): void {
    for (let later = this.#head; later > height; later--) {
      for (const [slot, value] of this.#blocks.get(later)?.slots.get(address) ?? []) slots.set(slot, value);
    }
  }
}
