import {
  type Account,
  type AccountChange,
  EMPTY,
  equalBytes,
  type Hash,
  type Height,
  type Hex,
  type StateChanges,
  type StateMiss,
  type StateView,
  toHex,
  ZERO_HASH,
} from "@fb/types";

/** What the block did to one account so far. */
interface Touched {
  account: Account | null;
  clearStorage: boolean;
  code: Uint8Array | undefined;
  readonly slots: Map<Hex, Uint8Array>;
}

const NO_SLOTS: ReadonlyMap<Hex, Uint8Array> = new Map();
const DELETION: AccountChange = { account: null, clearStorage: true, slots: NO_SLOTS };

/** The state inside a block: the changes of its transactions over the state of its parent. */
export class BlockState implements StateView {
  readonly height: Height;
  readonly #base: StateView;
  readonly #emptyCodeHash: Hash;
  readonly #emptyCodeKey: Hex;
  readonly #touched = new Map<Hex, Touched>();
  readonly #codes = new Map<Hex, Uint8Array>();

  /** @param emptyCodeHash hash of no bytes */
  constructor(base: StateView, emptyCodeHash: Hash) {
    this.height = base.height;
    this.#base = base;
    this.#emptyCodeHash = emptyCodeHash;
    this.#emptyCodeKey = toHex(emptyCodeHash);
  }

  peekAccount(address: Hex): Account | null | undefined {
    const touched = this.#touched.get(address);
    return touched === undefined ? this.#base.peekAccount(address) : touched.account;
  }

  peekSlot(address: Hex, slot: Hex): Uint8Array | undefined {
    const touched = this.#touched.get(address);
    if (touched === undefined) return this.#base.peekSlot(address, slot);
    const value = touched.slots.get(slot);
    if (value !== undefined) return value;
    return touched.clearStorage ? ZERO_HASH : this.#base.peekSlot(address, slot);
  }

  peekCode(codeHash: Hex): Uint8Array | undefined {
    if (codeHash === this.#emptyCodeKey) return EMPTY;
    return this.#codes.get(codeHash) ?? this.#base.peekCode(codeHash);
  }

  load(misses: readonly StateMiss[]): Promise<void> {
    return this.#base.load(misses);
  }

  hasCode(account: Account): boolean {
    return !equalBytes(account.codeHash, this.#emptyCodeHash);
  }

  /** Replaces nonce and balance of an account that was peeked (null = absent); an empty account is deleted (EIP-161). */
  setAccount(address: Hex, before: Account | null, nonce: bigint, balance: bigint): void {
    const codeHash = before?.codeHash ?? this.#emptyCodeHash;
    const account: Account = { nonce, balance, codeHash };
    if (nonce !== 0n || balance !== 0n || this.hasCode(account)) {
      this.#apply(address, { account, clearStorage: false, slots: NO_SLOTS });
    } else if (before !== null) {
      this.#apply(address, DELETION);
    }
  }

  /** Applies what a transaction did. */
  merge(changes: StateChanges): void {
    for (const [address, change] of changes) this.#apply(address, change);
  }

  /** Last values of everything the block changed. */
  changes(): StateChanges {
    const changes = new Map<Hex, AccountChange>();
    for (const [address, { account, clearStorage, slots, code }] of this.#touched) {
      changes.set(address, { account, clearStorage, slots, ...(code === undefined ? {} : { code }) });
    }
    return changes;
  }

  #apply(address: Hex, change: AccountChange): void {
    let touched = this.#touched.get(address);
    if (touched === undefined) {
      touched = { account: null, clearStorage: false, code: undefined, slots: new Map() };
      this.#touched.set(address, touched);
    }
    touched.account = change.account;
    if (change.clearStorage || change.account === null) {
      touched.clearStorage = true;
      touched.code = undefined;
      touched.slots.clear();
    }
    for (const [slot, value] of change.slots) touched.slots.set(slot, value);
    if (change.code === undefined || change.account === null) return;
    touched.code = change.code;
    this.#codes.set(toHex(change.account.codeHash), change.code);
  }
}
