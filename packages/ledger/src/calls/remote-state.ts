import { BlockOverlay, type RowSource } from "@fb/storage-amdb";
import { StateCache, type StateValue } from "@fb/storage-amdb/state";
import type { Account, FbError, Height, Hex, LoadBound, StateMiss, StateView, StoredRow } from "@fb/types";
import type { TableOverlay } from "@fb/verifier";
import { type CallErrorCode, callError } from "../errors.ts";
import type { CallSource } from "./ports.ts";
import type { Turn } from "./turns.ts";

/** Heights whose accounts and slots are remembered; calls name the head, by far the most of them. */
const MAX_HEIGHTS = 4;
const BYTES_PER_HEIGHT = 12 * 1024 * 1024;
/** Code is the same at every height. */
const CODE_BYTES = 16 * 1024 * 1024;
/** What a row takes of memory beside its fields. */
const ROW_BYTES = 256;

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

  /**
   * Fresh tables of the block after `height`, over those of the newest block. A read of more rows than `maxBytes` of memory
   * hold rejects with CALL_MEMORY_EXCEEDED.
   */
  tables(height: Height, turn: Turn, onLoad: (items: number) => void, maxBytes: number): TableOverlay {
    const source = this.#source;
    let left = maxBytes;
    const rows: RowSource = {
      peek: () => undefined,
      async load(loads) {
        onLoad(loads.length);
        const held = { rows: Math.floor(left / ROW_BYTES), bytes: left };
        const found = await turn.away(source.rows(loads.map((load) => ({ ...load, most: lesser(load.most, held) }))));
        found.forEach((some, i) => {
          if (some === null && lesser(loads[i]!.most, held) !== loads[i]!.most) throw tooMuch();
          left -= memoryOf(some ?? []);
        });
        if (left < 0) throw tooMuch();
        return found;
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

/** The bound itself when it is the lesser in both. */
function lesser(asked: LoadBound | undefined, held: LoadBound): LoadBound {
  if (asked === undefined) return held;
  if (asked.rows <= held.rows && asked.bytes <= held.bytes) return asked;
  return { rows: Math.min(asked.rows, held.rows), bytes: Math.min(asked.bytes, held.bytes) };
}

function memoryOf(rows: readonly StoredRow[]): number {
  let bytes = rows.length * ROW_BYTES;
  for (const { fields } of rows) for (const field of fields) bytes += field.length;
  return bytes;
}

function tooMuch(): FbError<CallErrorCode> {
  return callError("CALL_MEMORY_EXCEEDED", "the call reads more rows than it may hold");
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
