import { createMPT, type MerklePatriciaTrie } from "@ethereumjs/mpt";
import { type DB, ValueEncoding } from "@ethereumjs/util";
import { type CryptoSuite, fromHex, type Hash, type Hex, rlpEncode, rlpUint, type StateChanges } from "@fb/types";
import { RocksdbStore } from "./rocksdb-store.ts";

/** A state in tries of @ethereumjs/mpt: one synced batch for the accounts and one for each contract that was written to. */
export class EthereumJsState {
  readonly #suite: CryptoSuite;
  readonly #store: RocksdbStore;
  readonly #accounts: MerklePatriciaTrie;
  /** Of accounts with slots. */
  readonly #storages = new Map<Hex, MerklePatriciaTrie>();

  private constructor(suite: CryptoSuite, store: RocksdbStore, accounts: MerklePatriciaTrie) {
    this.#suite = suite;
    this.#store = store;
    this.#accounts = accounts;
  }

  static async create(suite: CryptoSuite, folder: string): Promise<EthereumJsState> {
    const store = await RocksdbStore.create(folder);
    return new EthereumJsState(suite, store, await openTrie(suite, store));
  }

  /** Brings a block's changes into the tries, durably; returns the state root. Accounts are never deleted here. */
  async write(changes: StateChanges): Promise<Hash> {
    this.#accounts.checkpoint();
    for (const [address, { account, slots }] of changes) {
      const { nonce, balance, codeHash } = account!;
      const storageRoot = await this.#writeSlots(address, slots);
      const value = rlpEncode([rlpUint(nonce), rlpUint(balance), storageRoot, codeHash]);
      await this.#accounts.put(fromHex(address)!, value);
    }
    await this.#accounts.commit();
    return this.#accounts.root();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #writeSlots(address: Hex, slots: ReadonlyMap<Hex, Uint8Array>): Promise<Hash> {
    let trie = this.#storages.get(address);
    if (trie === undefined) {
      if (slots.size === 0) return this.#accounts.EMPTY_TRIE_ROOT;
      trie = await openTrie(this.#suite, this.#store);
      this.#storages.set(address, trie);
    }
    if (slots.size > 0) {
      trie.checkpoint();
      for (const [slot, value] of slots) await trie.put(fromHex(slot)!, rlpEncode(withoutZeros(value)));
      await trie.commit();
    }
    return trie.root();
  }
}

function openTrie(suite: CryptoSuite, store: RocksdbStore): Promise<MerklePatriciaTrie> {
  return createMPT({
    // Its type allows text beside bytes; with this encoding there is none.
    db: store as unknown as DB<string, string | Uint8Array>,
    useKeyHashing: true,
    useKeyHashingFunction: (message) => suite.hash(message),
    valueEncoding: ValueEncoding.Bytes,
    cacheSize: 200_000,
  });
}

function withoutZeros(value: Uint8Array): Uint8Array {
  const start = value.findIndex((byte) => byte !== 0);
  return start < 0 ? new Uint8Array(0) : value.subarray(start);
}
