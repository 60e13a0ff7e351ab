import type { NetChange, NetChanges } from "@fb/storage-amdb/state";
import {
  type CryptoSuite,
  compareBytes,
  fromHex,
  type Hash,
  type Height,
  type Hex,
  type RowOp,
  ZERO_HASH,
} from "@fb/types";
import { encodeAccount, encodeSlot } from "./account-value.ts";
import { toNibbles } from "./nibbles.ts";
import { type Child, type Leaf, NodeRef, type Trie } from "./node.ts";
import { nodeKey } from "./node-key.ts";
import type { NodeStore } from "./node-store.ts";
import { createSlab } from "./slab.ts";
import { type HashWork, hashTrie, type TrieChange, updateTrie } from "./trie-update.ts";
import { allNodes, findAll, type Search } from "./trie-walk.ts";

/** The storage trie of an account, hung on the account's leaf so that loaded nodes stay with it. */
export class StorageTrie implements Trie {
  readonly owner: Uint8Array;
  readonly #leaf: Leaf;

  constructor(owner: Uint8Array, leaf: Leaf) {
    this.owner = owner;
    this.#leaf = leaf;
  }

  get root(): Child | null {
    return this.#leaf.storage;
  }

  set root(root: Child | null) {
    this.#leaf.storage = root;
  }
}

/** Hash by which a root is known. */
export function rootHash(root: Child, emptyRoot: Hash): Hash;
export function rootHash(root: Child | null, emptyRoot: Hash): Hash;
export function rootHash(root: Child | null, emptyRoot: Hash): Hash {
  if (root === null) return emptyRoot;
  return root instanceof NodeRef ? root.hash : root.ref!;
}

export interface BlockTries {
  readonly trie: Trie;
  /** Rows of the new nodes. */
  readonly rows: readonly RowOp[];
  /** Keys of the nodes that the parent's state had and this one has no more. */
  readonly stale: readonly Uint8Array[];
}

interface AccountWork {
  readonly owner: Uint8Array;
  readonly path: Uint8Array;
  readonly change: NetChange;
}

export interface BlockTriesDeps {
  readonly store: NodeStore;
  readonly suite: CryptoSuite;
}

/** The account trie after a block's changes, over the parent's; every changed node is hashed once. */
export async function applyBlock(
  parent: Trie,
  net: NetChanges,
  height: Height,
  used: number,
  { store, suite }: BlockTriesDeps,
): Promise<BlockTries> {
  const hash = (data: Uint8Array): Hash => suite.hash(data);
  const work: HashWork = { hash, rows: [], alloc: createSlab() };
  const stale: Uint8Array[] = [];
  const accounts = [...net.accounts].map(([address, change]): AccountWork => {
    const owner = fromHex(address)!;
    return { owner, path: toNibbles(hash(owner)), change };
  });
  accounts.sort((a, b) => compareBytes(a.path, b.path));

  const apply = async (trie: Trie, entries: readonly TrieChange[]): Promise<Child | null> => {
    for (;;) {
      const result = updateTrie(trie, entries, height, used);
      if (result.ok) {
        for (const key of result.stale) stale.push(key);
        return result.root;
      }
      await store.load(result.missing, used);
    }
  };

  const leaves = await findAll(
    store,
    accounts.map(({ path }) => ({ trie: parent, path })),
    used,
  );
  const slotEntries = accounts.map(({ change }) => sortedSlots(change.slots, hash));
  await findAll(store, slotSearches(accounts, leaves, slotEntries), used);

  const entries: TrieChange[] = [];
  for (const [i, { owner, path, change }] of accounts.entries()) {
    const leaf = leaves[i]!;
    let storage = leaf?.storage ?? null;
    if (change.cleared && leaf !== null && storage !== null) {
      const keyOf = (node: { height: Height }, at: Uint8Array, depth: number) => nodeKey(node.height, owner, at, depth);
      stale.push(...(await allNodes(store, new StorageTrie(owner, leaf), used, keyOf)));
      storage = null;
    }
    if (change.after === null) {
      entries.push({ path, value: null, storage: null });
      continue;
    }
    if (slotEntries[i]!.length > 0) {
      const old: Trie = storage === null ? { owner, root: null } : new StorageTrie(owner, leaf!);
      storage = await apply(old, slotEntries[i]!);
      hashTrie({ owner, root: storage }, work);
    }
    entries.push({ path, value: encodeAccount(change.after, rootHash(storage, store.emptyRoot)), storage });
  }
  const trie: Trie = { owner: parent.owner, root: await apply(parent, entries) };
  hashTrie(trie, work);
  return { trie, rows: work.rows, stale };
}

function sortedSlots(slots: NetChange["slots"], hash: (data: Uint8Array) => Hash): TrieChange[] {
  const entries = Array.from(slots, ([slot, { after }]): TrieChange => {
    const value = isZero(after) ? null : encodeSlot(after);
    return { path: slotPath(slot, hash), value, storage: null };
  });
  return entries.sort((a, b) => compareBytes(a.path, b.path));
}

/** Nibbles of a slot's key in its storage trie. */
export function slotPath(slot: Hex, hash: (data: Uint8Array) => Hash): Uint8Array {
  return toNibbles(hash(fromHex(slot)!));
}

function slotSearches(
  accounts: readonly AccountWork[],
  leaves: readonly (Leaf | null)[],
  slots: readonly (readonly TrieChange[])[],
): Search[] {
  return accounts.flatMap(({ owner, change }, i) => {
    const leaf = leaves[i]!;
    if (leaf === null || leaf.storage === null || change.cleared) return [];
    const trie = new StorageTrie(owner, leaf);
    return slots[i]!.map(({ path }) => ({ trie, path }));
  });
}

function isZero(value: Uint8Array): boolean {
  return compareBytes(value, ZERO_HASH) === 0;
}
