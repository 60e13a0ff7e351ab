import type { AccountFields, StateManagerInterface } from "@ethereumjs/common";
import { Account, type Address, KECCAK256_NULL } from "@ethereumjs/util";
import {
  type AccountChange,
  type Account as ChainAccount,
  EMPTY,
  type EvmHost,
  equalBytes,
  FbError,
  type Hash,
  type Hex,
  type StateChanges,
  type StateMiss,
  toHex,
  ZERO_HASH,
} from "@fb/types";
import { delegateOf } from "./delegation.ts";
import type { ReferenceEvmErrorCode } from "./errors.ts";

const NULL_HASH = toHex(KECCAK256_NULL);
/** What contracts read as the code of a system contract. */
const SYSTEM_CODE = Uint8Array.of(0xfe);
const NO_SLOTS: ReadonlyMap<Hex, Uint8Array> = new Map();

/**
 * State of one execution over a {@link StateView}: current values in maps, every write with an undo entry. Checkpoints
 * are positions in the undo log, paired with a savepoint of the host's tables.
 */
export class JournaledState implements StateManagerInterface {
  readonly originalStorageCache = {
    get: (address: Address, key: Uint8Array): Promise<Uint8Array> => this.#originalSlot(address, key),
    clear: (): void => undefined,
  };
  /** While set, other code than delegations reads as none. */
  showsDelegationsOnly = false;
  readonly #hash: (data: Uint8Array) => Hash;
  readonly #systemCodeHash: Hash;
  #host: EvmHost | null = null;
  #base = new Map<Hex, ChainAccount | null>();
  #accounts = new Map<Hex, ChainAccount | null>();
  #baseSlots = new Map<Hex, Map<Hex, Uint8Array>>();
  #slots = new Map<Hex, Map<Hex, Uint8Array>>();
  #cleared = new Set<Hex>();
  #codes = new Map<Hex, Uint8Array>();
  #undo: (() => void)[] = [];
  #checkpoints: { readonly undo: number; readonly host: number }[] = [];

  constructor(hash: (data: Uint8Array) => Hash) {
    this.#hash = hash;
    this.#systemCodeHash = hash(SYSTEM_CODE);
  }

  /** Starts an execution; everything of the last one is forgotten. */
  begin(host: EvmHost | null): void {
    this.#host = host;
    this.#base = new Map();
    this.#accounts = new Map();
    this.#baseSlots = new Map();
    this.#slots = new Map();
    this.#cleared = new Set();
    this.#codes = new Map();
    this.#undo = [];
    this.#checkpoints = [];
  }

  /** Net changes since `begin` (see EvmResult). */
  changes(): StateChanges {
    const changes = new Map<Hex, AccountChange>();
    for (const address of new Set([...this.#accounts.keys(), ...this.#slots.keys()])) {
      const change = this.#change(address);
      if (change !== null) changes.set(address, change);
    }
    return changes;
  }

  #change(address: Hex): AccountChange | null {
    const base = this.#base.get(address) ?? null;
    const current = this.#accounts.get(address) ?? null;
    if (current === null || isEmpty(current)) {
      return base === null ? null : { account: null, clearStorage: true, slots: NO_SLOTS };
    }
    const slots = new Map<Hex, Uint8Array>();
    const baseSlots = this.#baseSlots.get(address);
    for (const [slot, value] of this.#slots.get(address) ?? NO_SLOTS) {
      if (!equalBytes(value, baseSlots?.get(slot) ?? ZERO_HASH)) slots.set(slot, value);
    }
    const newCode = !equalBytes(current.codeHash, base?.codeHash ?? KECCAK256_NULL);
    const changed = base === null || newCode || base.nonce !== current.nonce || base.balance !== current.balance;
    if (!changed && slots.size === 0) return null;
    const code = newCode ? this.#codes.get(toHex(current.codeHash)) : undefined;
    return { account: current, clearStorage: false, slots, ...(code === undefined ? {} : { code }) };
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const hex = toHex(address.bytes);
    const account = await this.#account(hex);
    if (this.#isSystem(hex) && (account === null || equalBytes(account.codeHash, KECCAK256_NULL))) {
      return new Account(account?.nonce ?? 0n, account?.balance ?? 0n, undefined, this.#systemCodeHash);
    }
    return account === null ? undefined : new Account(account.nonce, account.balance, undefined, account.codeHash);
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    const hex = toHex(address.bytes);
    await this.#account(hex);
    if (account === undefined) return this.#setAccount(hex, null);
    const virtual = this.#isSystem(hex) && equalBytes(account.codeHash, this.#systemCodeHash);
    const codeHash = virtual ? KECCAK256_NULL : account.codeHash;
    this.#setAccount(hex, { nonce: account.nonce, balance: account.balance, codeHash });
  }

  async deleteAccount(address: Address): Promise<void> {
    await this.clearStorage(address);
    await this.putAccount(address, undefined);
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account();
    if (fields.nonce !== undefined) account.nonce = fields.nonce;
    if (fields.balance !== undefined) account.balance = fields.balance;
    if (fields.codeHash !== undefined) account.codeHash = fields.codeHash;
    await this.putAccount(address, account);
  }

  async putCode(address: Address, value: Uint8Array): Promise<void> {
    const codeHash = this.#hash(value);
    this.#codes.set(toHex(codeHash), value);
    await this.modifyAccountFields(address, { codeHash });
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const code = await this.#code(address);
    return this.showsDelegationsOnly && delegateOf(code) === null ? EMPTY : code;
  }

  async #code(address: Address): Promise<Uint8Array> {
    const hex = toHex(address.bytes);
    if (this.#isSystem(hex)) return SYSTEM_CODE;
    const account = await this.#account(hex);
    const codeHash = account === null ? NULL_HASH : toHex(account.codeHash);
    if (codeHash === NULL_HASH) return EMPTY;
    return this.#codes.get(codeHash) ?? this.#read((view) => view.peekCode(codeHash), { type: "code", codeHash });
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const hex = toHex(address.bytes);
    const own = this.#slots.get(hex)?.get(toHex(key));
    if (own !== undefined) return isZero(own) ? EMPTY : own;
    return this.#cleared.has(hex) ? EMPTY : this.#originalSlot(address, key);
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const hex = toHex(address.bytes);
    const slot = toHex(key);
    await this.#originalSlot(address, key);
    const slots = this.#slots.get(hex) ?? new Map<Hex, Uint8Array>();
    this.#slots.set(hex, slots);
    const before = slots.get(slot);
    this.#undo.push(() => (before === undefined ? slots.delete(slot) : slots.set(slot, before)));
    const padded = new Uint8Array(32);
    padded.set(value, 32 - value.length);
    slots.set(slot, padded);
  }

  async clearStorage(address: Address): Promise<void> {
    const hex = toHex(address.bytes);
    const before = this.#slots.get(hex);
    if (before !== undefined && before.size > 0) {
      this.#undo.push(() => this.#slots.set(hex, before));
      this.#slots.set(hex, new Map());
    }
    if (this.#cleared.has(hex)) return;
    this.#undo.push(() => this.#cleared.delete(hex));
    this.#cleared.add(hex);
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push({ undo: this.#undo.length, host: this.#host!.savepoint() });
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop();
  }

  async revert(): Promise<void> {
    const mark = this.#checkpoints.pop()!;
    while (this.#undo.length > mark.undo) this.#undo.pop()!();
    this.#host!.revertTo(mark.host);
  }

  async getStateRoot(): Promise<Uint8Array> {
    return ZERO_HASH;
  }

  async setStateRoot(): Promise<void> {}

  async hasStateRoot(): Promise<boolean> {
    return false;
  }

  clearCaches(): void {}

  shallowCopy(): JournaledState {
    return new JournaledState(this.#hash);
  }

  #isSystem(address: Hex): boolean {
    return this.#host!.isSystemContract(address);
  }

  async #account(address: Hex): Promise<ChainAccount | null> {
    const current = this.#accounts.get(address);
    if (current !== undefined) return current;
    const base = await this.#read((view) => view.peekAccount(address), { type: "account", address });
    this.#base.set(address, base);
    this.#accounts.set(address, base);
    return base;
  }

  #setAccount(address: Hex, account: ChainAccount | null): void {
    const before = this.#accounts.get(address) ?? null;
    this.#undo.push(() => this.#accounts.set(address, before));
    this.#accounts.set(address, account);
  }

  /** Value at the start of the transaction; no bytes for zero. */
  async #originalSlot(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const hex = toHex(address.bytes);
    const slot = toHex(key);
    const slots = this.#baseSlots.get(hex) ?? new Map<Hex, Uint8Array>();
    this.#baseSlots.set(hex, slots);
    let value = slots.get(slot);
    if (value === undefined) {
      value = await this.#read((view) => view.peekSlot(hex, slot), { type: "slot", address: hex, slot });
      slots.set(slot, value);
    }
    return isZero(value) ? EMPTY : value;
  }

  async #read<T>(peek: (view: EvmHost["view"]) => T | undefined, miss: StateMiss): Promise<T> {
    const view = this.#host!.view;
    const known = peek(view);
    if (known !== undefined) return known;
    await view.load([miss]);
    const loaded = peek(view);
    if (loaded === undefined) {
      throw new FbError<ReferenceEvmErrorCode>("STATE_LOAD_BROKEN", "a loaded item cannot be peeked", { ...miss });
    }
    return loaded;
  }
}

function isEmpty(account: ChainAccount): boolean {
  return account.nonce === 0n && account.balance === 0n && equalBytes(account.codeHash, KECCAK256_NULL);
}

function isZero(value: Uint8Array): boolean {
  for (let i = 0; i < value.length; i++) if (value[i] !== 0) return false;
  return true;
}
