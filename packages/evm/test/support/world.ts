import { createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import {
  type Account,
  type Address,
  bigToBytes,
  EMPTY,
  type Hash,
  type Hex,
  type StateChanges,
  type StateMiss,
  type StateView,
  toHex,
  ZERO_HASH,
} from "@fb/types";
import { keccak_256 } from "@noble/hashes/sha3.js";

export const EMPTY_CODE_HASH: Hash = keccak_256(EMPTY);

interface StoredAccount {
  account: Account;
  readonly slots: Map<Hex, Uint8Array>;
}

/** A whole state in memory with an Ethereum state root; the trie is @ethereumjs/mpt, an oracle independent of us. */
export class World {
  readonly entries = new Map<Hex, StoredAccount>();
  readonly codes = new Map<Hex, Uint8Array>([[toHex(EMPTY_CODE_HASH), EMPTY]]);

  put(
    address: Address,
    account: { nonce: bigint; balance: bigint; code: Uint8Array },
    slots: ReadonlyMap<Hex, Uint8Array>,
  ): void {
    const codeHash = keccak_256(account.code);
    this.codes.set(toHex(codeHash), account.code);
    const { nonce, balance } = account;
    this.entries.set(toHex(address), { account: { nonce, balance, codeHash }, slots: new Map(slots) });
  }

  account(address: Address): Account | null {
    return this.entries.get(toHex(address))?.account ?? null;
  }

  /** Sets nonce and balance, keeping the rest; an absent account comes into being. */
  update(address: Address, change: (account: Account) => Account): void {
    const key = toHex(address);
    const entry = this.entries.get(key);
    const account = change(entry?.account ?? { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH });
    if (entry === undefined) this.entries.set(key, { account, slots: new Map() });
    else entry.account = account;
  }

  /** EIP-161: an empty account that was touched goes. */
  removeIfEmpty(address: Address): void {
    const entry = this.entries.get(toHex(address));
    if (entry === undefined) return;
    const { nonce, balance, codeHash } = entry.account;
    if (nonce === 0n && balance === 0n && toHex(codeHash) === toHex(EMPTY_CODE_HASH))
      this.entries.delete(toHex(address));
  }

  apply(changes: StateChanges): void {
    for (const [address, change] of changes) {
      if (change.account === null) {
        this.entries.delete(address);
        continue;
      }
      if (change.code !== undefined) this.codes.set(toHex(change.account.codeHash), change.code);
      let entry = this.entries.get(address);
      if (entry === undefined) {
        entry = { account: change.account, slots: new Map() };
        this.entries.set(address, entry);
      }
      entry.account = change.account;
      if (change.clearStorage) entry.slots.clear();
      for (const [slot, value] of change.slots) {
        if (value.every((byte) => byte === 0)) entry.slots.delete(slot);
        else entry.slots.set(slot, value);
      }
    }
  }

  clone(): World {
    const copy = new World();
    for (const [key, entry] of this.entries)
      copy.entries.set(key, { account: entry.account, slots: new Map(entry.slots) });
    for (const [key, code] of this.codes) copy.codes.set(key, code);
    return copy;
  }

  /** Everything in memory. */
  view(): StateView {
    return {
      height: 0,
      peekAccount: (address) => this.entries.get(address)?.account ?? null,
      peekSlot: (address, slot) => this.entries.get(address)?.slots.get(slot) ?? ZERO_HASH,
      peekCode: (hash) => this.codes.get(hash)!,
      load: async () => undefined,
    };
  }

  /** Nothing in memory but what was loaded last: the harshest view the contract allows. */
  coldView(): StateView {
    return new ColdView(this.view());
  }

  async root(): Promise<Hash> {
    const trie = await createMPT({ useKeyHashing: true });
    for (const [address, { account, slots }] of this.entries) {
      const storage = await createMPT({ useKeyHashing: true });
      for (const [slot, value] of slots) {
        await storage.put(Buffer.from(slot, "hex"), RLP.encode(stripZeros(value)));
      }
      const { nonce, balance, codeHash } = account;
      const fields = [bigToBytes(nonce), bigToBytes(balance), storage.root(), codeHash];
      await trie.put(Buffer.from(address, "hex"), RLP.encode(fields));
    }
    return trie.root();
  }
}

/** Knows what its last load asked for. Cheap, because benchmarks count it, too. */
class ColdView implements StateView {
  readonly height = 0;
  readonly #all: StateView;
  #loaded: readonly StateMiss[] = [];

  constructor(all: StateView) {
    this.#all = all;
  }

  peekAccount(address: Hex): Account | null | undefined {
    for (const miss of this.#loaded) {
      if (miss.type === "account" && miss.address === address) return this.#all.peekAccount(address);
    }
    return undefined;
  }

  peekSlot(address: Hex, slot: Hex): Uint8Array | undefined {
    for (const miss of this.#loaded) {
      if (miss.type === "slot" && miss.slot === slot && miss.address === address) {
        return this.#all.peekSlot(address, slot);
      }
    }
    return undefined;
  }

  peekCode(codeHash: Hex): Uint8Array | undefined {
    for (const miss of this.#loaded) {
      if (miss.type === "code" && miss.codeHash === codeHash) return this.#all.peekCode(codeHash);
    }
    return undefined;
  }

  load(misses: readonly StateMiss[]): Promise<void> {
    this.#loaded = misses;
    return Promise.resolve();
  }
}

function stripZeros(value: Uint8Array): Uint8Array {
  let start = 0;
  while (start < value.length && value[start] === 0) start++;
  return value.subarray(start);
}
