import { BlockOverlay, type RowSource } from "@fb/storage-amdb";
import { StateCache, type StateValue } from "@fb/storage-amdb/state";
import type { Account, Height, Hex, StateMiss, StateView } from "@fb/types";
import type { TableOverlay } from "@fb/verifier";
import type { CallSource } from "./ports.ts";
import type { Turn } from "./turns.ts";

/** Heights whose accounts and slots are remembered; calls name the head, by far the most of them. */
const MAX_HEIGHTS = 4;
const BYTES_PER_HEIGHT = 12 * 1024 * 1024;
/** Code is the same at every height. */
const CODE_BYTES = 16 * 1024 * 1024;

/** State and tables as calls see them: read from a source, and what was read of the state remembered. */
export class RemoteState {
  readonly #source: CallSource;
  readonly #code = new StateCache(CODE_BYTES);
  /** In order of use, least recent first. */
  readonly #heights = new Map<Height, StateCache>();

  constructor(source: CallSource) {
    this.#source = source;
  }

  /**
   * The state after block `height`, for one call, which gives up its turn while it waits. `onLoad` is told how many items
   * are about to be read; what it throws the read rejects with.
   */
  view(height: Height, turn: Turn, onLoad: (items: number) => void): StateView {
    const read = async (misses: readonly StateMiss[]) => {
      onLoad(misses.length);
      return turn.away(this.#source.state(height, misses));
    };
    return new RemoteView(height, this.#at(height), this.#code, read);
  }

  /** Fresh tables of the block after `height`, over those of the newest block. */
  tables(height: Height, turn: Turn, onLoad: (items: number) => void): TableOverlay {
    const source = this.#source;
    const rows: RowSource = {
      peek: () => undefined,
      async load(loads) {
        onLoad(loads.length);
        return turn.away(source.rows(loads));
      },
    };
    return new BlockOverlay(rows, height + 1);
  }

  #at(height: Height): StateCache {
    const cache = this.#heights.get(height) ?? new StateCache(BYTES_PER_HEIGHT);
    this.#heights.delete(height);
    this.#heights.set(height, cache);
    if (this.#heights.size > MAX_HEIGHTS) this.#heights.delete(this.#heights.keys().next().value!);
    return cache;
  }
}

class RemoteView implements StateView {
  readonly height: Height;
  readonly #cache: StateCache;
  readonly #code: StateCache;
  readonly #read: (misses: readonly StateMiss[]) => Promise<readonly StateValue[]>;
  /** What the last load brought: it must answer even when the cache has dropped it again. */
  #accounts = new Map<Hex, Account | null>();
  #slots = new Map<Hex, Uint8Array>();
  #codes = new Map<Hex, Uint8Array>();

  constructor(
    height: Height,
    cache: StateCache,
    code: StateCache,
    read: (misses: readonly StateMiss[]) => Promise<readonly StateValue[]>,
  ) {
    this.height = height;
    this.#cache = cache;
    this.#code = code;
    this.#read = read;
  }

  peekAccount(address: Hex): Account | null | undefined {
    const cached = this.#cache.account(address);
    return cached === undefined ? this.#accounts.get(address) : cached;
  }

  peekSlot(address: Hex, slot: Hex): Uint8Array | undefined {
    return this.#cache.slot(address, slot) ?? this.#slots.get(address + slot);
  }

  peekCode(codeHash: Hex): Uint8Array | undefined {
    return this.#code.code(codeHash) ?? this.#codes.get(codeHash);
  }

  async load(misses: readonly StateMiss[]): Promise<void> {
    const values = await this.#read(misses);
    this.#accounts = new Map();
    this.#slots = new Map();
    this.#codes = new Map();
    for (const [i, miss] of misses.entries()) this.#keep(miss, values[i]!);
  }

  #keep(miss: StateMiss, value: StateValue): void {
    if (miss.type === "account" && value.type === "account") {
      this.#cache.putAccount(miss.address, value.account);
      this.#accounts.set(miss.address, value.account);
    } else if (miss.type === "slot" && value.type === "slot") {
      this.#cache.putSlot(miss.address, miss.slot, value.value);
      this.#slots.set(miss.address + miss.slot, value.value);
    } else if (miss.type === "code" && value.type === "code") {
      this.#code.putCode(miss.codeHash, value.code);
      this.#codes.set(miss.codeHash, value.code);
    }
  }
}
