import { storageError, TABLES } from "@fb/storage-amdb";
import type { StateReader, StateValue } from "@fb/storage-amdb/state";
import {
  type CryptoSuite,
  fromHex,
  type Hash,
  type Height,
  type Hex,
  type StateMiss,
  type StorageBackend,
  ZERO_HASH,
} from "@fb/types";
import { decodeAccount, decodeSlot } from "./account-value.ts";
import { StorageTrie, slotPath } from "./block-tries.ts";
import { toNibbles } from "./nibbles.ts";
import type { Leaf, Trie } from "./node.ts";
import type { NodeStore } from "./node-store.ts";
import { findAll, type Search } from "./trie-walk.ts";

export interface TrieReaderOptions {
  readonly backend: StorageBackend;
  readonly suite: CryptoSuite;
  readonly store: NodeStore;
  /** The account trie of a height; rejects with STATE_NOT_KEPT. */
  readonly trieAt: (height: Height) => Promise<Trie>;
  /** Use mark of now. */
  readonly used: () => number;
}

/** Reads accounts and slots from the tries of any kept height. */
export class TrieReader implements StateReader {
  readonly #options: TrieReaderOptions;

  constructor(options: TrieReaderOptions) {
    this.#options = options;
  }

  async read(height: Height, misses: readonly StateMiss[]): Promise<readonly StateValue[]> {
    const { store, trieAt, used } = this.#options;
    const trie = await trieAt(height);
    const leaves = await this.accounts(
      trie,
      misses.flatMap((miss) => (miss.type === "code" ? [] : [miss.address])),
    );
    const searches: Search[] = [];
    const searchOf = misses.map((miss) => {
      if (miss.type !== "slot") return -1;
      const leaf = leaves.get(miss.address);
      if (leaf === undefined || leaf.storage === null) return -1;
      const storage = new StorageTrie(fromHex(miss.address)!, leaf);
      return searches.push({ trie: storage, path: slotPath(miss.slot, this.#hash) }) - 1;
    });
    const slots = await findAll(store, searches, used());
    return Promise.all(
      misses.map(async (miss, i): Promise<StateValue> => {
        if (miss.type === "code") return { type: "code", code: await this.#code(miss.codeHash) };
        if (miss.type === "account") {
          const leaf = leaves.get(miss.address);
          return { type: "account", account: leaf === undefined ? null : decodeAccount(leaf.value).account };
        }
        const slot = searchOf[i] === -1 ? null : slots[searchOf[i]!]!;
        return { type: "slot", value: slot === null ? ZERO_HASH : decodeSlot(slot.value) };
      }),
    );
  }

  /** Leaves of the accounts that exist. */
  async accounts(trie: Trie, addresses: readonly Hex[]): Promise<Map<Hex, Leaf>> {
    const distinct = [...new Set(addresses)];
    const searches = distinct.map((address) => ({ trie, path: toNibbles(this.#hash(fromHex(address)!)) }));
    const found = await findAll(this.#options.store, searches, this.#options.used());
    const leaves = new Map<Hex, Leaf>();
    for (const [i, leaf] of found.entries()) if (leaf !== null) leaves.set(distinct[i]!, leaf);
    return leaves;
  }

  async #code(codeHash: Hex): Promise<Uint8Array> {
    const row = (await this.#options.backend.rows(TABLES.code, fromHex(codeHash)!))[0];
    if (row === undefined) throw storageError("STORAGE_CORRUPT", "code is missing", { codeHash });
    return row.fields[0]!;
  }

  readonly #hash = (data: Uint8Array): Hash => this.#options.suite.hash(data);
}
