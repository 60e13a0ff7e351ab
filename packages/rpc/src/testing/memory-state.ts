import {
  type Account,
  type Address,
  type CryptoSuite,
  EMPTY,
  type Height,
  type Hex,
  type StateChanges,
  type StateView,
  toHex,
  ZERO_HASH,
} from "@fb/types";

interface MemoryAccount {
  readonly account: Account;
  readonly slots: ReadonlyMap<Hex, Uint8Array>;
}

/** A whole state in memory; every change makes a new one, so old heights stay readable. */
export class MemoryState implements StateView {
  readonly height: Height;
  readonly #accounts: ReadonlyMap<Hex, MemoryAccount>;
  readonly #codes: ReadonlyMap<Hex, Uint8Array>;
  readonly #suite: CryptoSuite;

  constructor(
    suite: CryptoSuite,
    height: Height,
    accounts: ReadonlyMap<Hex, MemoryAccount> = new Map(),
    codes: ReadonlyMap<Hex, Uint8Array> = new Map([[toHex(suite.hash(EMPTY)), EMPTY]]),
  ) {
    this.#suite = suite;
    this.height = height;
    this.#accounts = accounts;
    this.#codes = codes;
  }

  at(height: Height): MemoryState {
    return new MemoryState(this.#suite, height, this.#accounts, this.#codes);
  }

  peekAccount(address: Hex): Account | null {
    return this.#accounts.get(address)?.account ?? null;
  }

  peekSlot(address: Hex, slot: Hex): Uint8Array {
    return this.#accounts.get(address)?.slots.get(slot) ?? ZERO_HASH;
  }

  peekCode(codeHash: Hex): Uint8Array | undefined {
    return this.#codes.get(codeHash);
  }

  async load(): Promise<void> {}

  account(address: Address): Account {
    return this.peekAccount(toHex(address)) ?? { nonce: 0n, balance: 0n, codeHash: this.#suite.hash(EMPTY) };
  }

  code(address: Address): Uint8Array {
    return this.peekCode(toHex(this.account(address).codeHash)) ?? EMPTY;
  }

  /** The state with one account's balance, nonce and, if it is given, code replaced. */
  with(address: Address, change: Partial<Pick<Account, "balance" | "nonce">>, code?: Uint8Array): MemoryState {
    const key = toHex(address);
    const accounts = new Map(this.#accounts);
    const codeHash = code === undefined ? this.account(address).codeHash : this.#suite.hash(code);
    accounts.set(key, {
      account: { ...this.account(address), ...change, codeHash },
      slots: accounts.get(key)?.slots ?? new Map(),
    });
    const codes = code === undefined ? this.#codes : new Map(this.#codes).set(toHex(codeHash), code);
    return new MemoryState(this.#suite, this.height, accounts, codes);
  }

  /** The state after an execution's net changes. */
  apply(changes: StateChanges): MemoryState {
    const accounts = new Map(this.#accounts);
    const codes = new Map(this.#codes);
    for (const [address, change] of changes) {
      if (change.account === null) {
        accounts.delete(address);
        continue;
      }
      const slots = new Map(change.clearStorage ? [] : (accounts.get(address)?.slots ?? []));
      for (const [slot, value] of change.slots) slots.set(slot, value);
      accounts.set(address, { account: change.account, slots });
      if (change.code !== undefined) codes.set(toHex(change.account.codeHash), change.code);
    }
    return new MemoryState(this.#suite, this.height, accounts, codes);
  }
}
