import type { Counter, Gauge } from "@fb/runtime";
import { type Account, EMPTY, type Height, type Hex, type StateMiss, type StateView, ZERO_HASH } from "@fb/types";
import { storageError } from "../errors.ts";
import type { NetChanges } from "./net-changes.ts";
import type { RecentStateOptions } from "./options.ts";
import type { StateReader, StateValue } from "./ports.ts";
import { type BlockPreImages, PreImages } from "./pre-images.ts";
import { StateCache } from "./state-cache.ts";

/**
 * The head's state in memory and the way back from it to recent blocks: what the views of both world states stand on.
 */
export class RecentState {
  readonly cache: StateCache;
  readonly preImages: PreImages;
  readonly #reader: StateReader;
  readonly #emptyCodeHash: Hex;
  readonly #metrics: { readonly cache: Gauge; readonly preImages: Gauge; readonly loads: Counter };
  #head: Height;
  #waiters: (() => void)[] = [];

  constructor(options: RecentStateOptions) {
    const { metrics } = options;
    this.#head = options.head;
    this.#reader = options.reader;
    this.#emptyCodeHash = options.emptyCodeHash;
    this.cache = new StateCache(options.cacheBytes);
    const known = options.preImages ?? [];
    this.preImages = new PreImages(options.head - known.length, options.preImageBytes, options.preImageBlocks);
    for (const [i, images] of known.entries()) this.preImages.push(options.head - known.length + 1 + i, images);
    this.#metrics = {
      cache: metrics.gauge("fb_state_cache_bytes", "Bytes of decoded state at the head"),
      preImages: metrics.gauge("fb_state_pre_images_bytes", "Bytes kept to read recent blocks"),
      loads: metrics.counter("fb_state_loads_total", "State items that were not in memory"),
    };
  }

  get head(): Height {
    return this.#head;
  }

  /** The state after block `height`, which must be committed. Throws STATE_NOT_KEPT for a height beyond the head. */
  view(height: Height): StateView {
    if (height > this.#head) {
      throw storageError("STATE_NOT_KEPT", "no state beyond the head", { height, head: this.#head });
    }
    return new RecentView(this, height);
  }

  /** Makes a durable block the head; `images` are what its changes overwrote. */
  committed(height: Height, net: NetChanges, images: BlockPreImages): void {
    this.preImages.push(height, images);
    for (const [address, change] of net.accounts) {
      this.cache.putAccount(address, change.after);
      if (change.cleared) this.cache.dropSlots(address);
      for (const [slot, { after }] of change.slots) this.cache.putSlot(address, slot, after);
    }
    for (const [codeHash, code] of net.code) this.cache.putCode(codeHash, code);
    this.#head = height;
    this.#metrics.cache.set(this.cache.bytes);
    this.#metrics.preImages.set(this.preImages.bytes);
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** Resolves when the head is at least `height`. */
  async reached(height: Height): Promise<void> {
    while (this.#head < height) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  peekAccount(height: Height, address: Hex): Account | null | undefined {
    if (height === this.#head) return this.cache.account(address);
    if (height < this.preImages.floor) return undefined;
    const before = this.preImages.account(height, address);
    if (before === "unknown") return undefined;
    return before === undefined ? this.cache.account(address) : before.value;
  }

  peekSlot(height: Height, address: Hex, slot: Hex): Uint8Array | undefined {
    if (height < this.preImages.floor) return undefined;
    const before = height === this.#head ? undefined : this.preImages.slot(height, address, slot);
    if (before !== undefined && before !== "unknown") return before.value;
    const value = before === undefined ? this.cache.slot(address, slot) : undefined;
    return value === undefined && this.peekAccount(height, address) === null ? ZERO_HASH : value;
  }

  peekCode(codeHash: Hex): Uint8Array | undefined {
    return codeHash === this.#emptyCodeHash ? EMPTY : this.cache.code(codeHash);
  }

  /** Reads misses exactly as of `height`; what is still so at the head enters the cache. Rejects with STATE_NOT_KEPT. */
  async load(height: Height, misses: readonly StateMiss[]): Promise<readonly StateValue[]> {
    this.#metrics.loads.inc(undefined, misses.length);
    const values = await this.#reader.read(height, misses);
    return misses.map((miss, i) => this.#settle(height, miss, values[i]!));
  }

  #settle(height: Height, miss: StateMiss, read: StateValue): StateValue {
    if (miss.type === "code" && read.type === "code") {
      this.cache.putCode(miss.codeHash, read.code);
      return read;
    }
    if (height < this.preImages.floor) return read;
    if (miss.type === "account" && read.type === "account") {
      const before = this.preImages.account(height, miss.address);
      if (before === undefined) this.cache.putAccount(miss.address, read.account);
      else if (before !== "unknown") return { type: "account", account: before.value };
    } else if (miss.type === "slot" && read.type === "slot") {
      const before = this.preImages.slot(height, miss.address, miss.slot);
      if (before === undefined) this.cache.putSlot(miss.address, miss.slot, read.value);
      else if (before !== "unknown") return { type: "slot", value: before.value };
    }
    return read;
  }
}

class RecentView implements StateView {
  readonly height: Height;
  readonly #state: RecentState;
  /** What the last load brought: it must answer even when the cache has dropped it again. */
  #loaded = new Map<string, StateValue>();

  constructor(state: RecentState, height: Height) {
    this.#state = state;
    this.height = height;
  }

  peekAccount(address: Hex): Account | null | undefined {
    const account = this.#state.peekAccount(this.height, address);
    if (account !== undefined || this.#loaded.size === 0) return account;
    const loaded = this.#loaded.get(address);
    return loaded?.type === "account" ? loaded.account : undefined;
  }

  peekSlot(address: Hex, slot: Hex): Uint8Array | undefined {
    const value = this.#state.peekSlot(this.height, address, slot);
    if (value !== undefined || this.#loaded.size === 0) return value;
    const loaded = this.#loaded.get(address + slot);
    return loaded?.type === "slot" ? loaded.value : undefined;
  }

  peekCode(codeHash: Hex): Uint8Array | undefined {
    const code = this.#state.peekCode(codeHash);
    if (code !== undefined || this.#loaded.size === 0) return code;
    const loaded = this.#loaded.get(codeHash);
    return loaded?.type === "code" ? loaded.code : undefined;
  }

  async load(misses: readonly StateMiss[]): Promise<void> {
    const values = await this.#state.load(this.height, misses);
    this.#loaded = new Map(misses.map((miss, i) => [missKey(miss), values[i]!]));
  }
}

/** Keys of the three types differ in length (40, 104, 64 digits), so one map holds them. */
function missKey(miss: StateMiss): string {
  if (miss.type === "account") return miss.address;
  return miss.type === "slot" ? miss.address + miss.slot : miss.codeHash;
}
