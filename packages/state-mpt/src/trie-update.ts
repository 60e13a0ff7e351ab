import { TABLES } from "@fb/storage-amdb";
import { equalBytes, type Hash, type Height, type RowOp } from "@fb/types";
import { continuesWith, joinNibbles, sharedLength } from "./nibbles.ts";
import { Branch, type Child, Extension, hasRow, Leaf, type Node, NodeRef, type Parent, type Trie } from "./node.ts";
import { encodeNode, encodeRow } from "./node-codec.ts";
import { nodeKey } from "./node-key.ts";
import type { Allocate } from "./slab.ts";

/** One change of a trie. All paths of a trie have the same length. */
export interface TrieChange {
  /** Nibbles of the key. */
  readonly path: Uint8Array;
  /** Null removes the key. */
  readonly value: Uint8Array | null;
  /** Storage trie of an account leaf. */
  readonly storage: Child | null;
}

/** A node that must be loaded before the work can go on. */
export interface MissingNode {
  readonly owner: Uint8Array;
  readonly ref: NodeRef;
  /** Nibbles to the node; more may follow. */
  readonly path: Uint8Array;
  readonly depth: number;
  readonly parent: Parent;
  readonly index: number;
}

/** Outcome of applying entries: a new root, or what to load before trying again. */
export type UpdateResult =
  | { readonly ok: true; readonly root: Child | null; readonly stale: readonly Uint8Array[] }
  | { readonly ok: false; readonly missing: readonly MissingNode[] };

/**
 * Applies entries, sorted by path, to a trie. The old trie stays as it is: the new root shares all unchanged nodes.
 * Equal content gives the same node back, so a change that changes nothing leaves no trace.
 *
 * @param height creation height of new nodes
 * @param used use mark of new nodes
 */
export function updateTrie(trie: Trie, entries: readonly TrieChange[], height: Height, used: number): UpdateResult {
  if (entries.length === 0) return { ok: true, root: trie.root, stale: [] };
  const update = new TrieUpdate(trie.owner, height, used);
  const root = update.apply(trie.root, entries, 0, trie, 0);
  return update.missing.length > 0 ? { ok: false, missing: update.missing } : { ok: true, root, stale: update.stale };
}

class TrieUpdate {
  readonly missing: MissingNode[] = [];
  readonly stale: Uint8Array[] = [];
  readonly #owner: Uint8Array;
  readonly #height: Height;
  readonly #used: number;

  constructor(owner: Uint8Array, height: Height, used: number) {
    this.#owner = owner;
    this.#height = height;
    this.#used = used;
  }

  /** The subtree at `depth` after the entries, which all lead through it. `parent` and `index` say where it hangs. */
  apply(
    node: Child | null,
    entries: readonly TrieChange[],
    depth: number,
    parent: Parent,
    index: number,
  ): Child | null {
    if (node === null)
      return this.#build(
        entries.filter((entry) => entry.value !== null),
        depth,
      );
    if (node instanceof NodeRef) return this.#need(node, entries[0]!.path, depth, parent, index);
    node.used = this.#used;
    if (node instanceof Leaf) return this.#applyToLeaf(node, entries, depth);
    return node instanceof Extension
      ? this.#applyToExtension(node, entries, depth)
      : this.#applyToBranch(node, entries, depth);
  }

  #applyToLeaf(leaf: Leaf, entries: readonly TrieChange[], depth: number): Node | null {
    const inserts: TrieChange[] = [];
    let own: TrieChange | undefined;
    for (const entry of entries) {
      if (continuesWith(entry.path, depth, leaf.path)) own = entry;
      else if (entry.value !== null) inserts.push(entry);
    }
    const isSame = own?.value != null && equalBytes(own.value, leaf.value) && sameRoot(own.storage, leaf.storage);
    if (own === undefined || isSame) {
      if (inserts.length === 0) return leaf;
      const path = joinNibbles(entries[0]!.path.subarray(0, depth), null, leaf.path);
      insertSorted(inserts, { path, value: leaf.value, storage: leaf.storage });
    } else if (own.value !== null) {
      insertSorted(inserts, own);
    }
    this.#retire(leaf, entries[0]!.path, depth);
    return this.#build(inserts, depth);
  }

  #leaf(path: Uint8Array, value: Uint8Array, storage: Child | null): Leaf {
    return new Leaf(path, value, storage, this.#height, null, this.#used);
  }

  #applyToExtension(extension: Extension, entries: readonly TrieChange[], depth: number): Child | null {
    const length = extension.path.length;
    const inside = entries.filter((entry) => continuesWith(entry.path, depth, extension.path));
    if (inside.length < entries.length) {
      const outside = entries.filter(
        (entry) => entry.value !== null && !continuesWith(entry.path, depth, extension.path),
      );
      if (outside.length > 0) return this.#split(extension, entries, inside, outside, depth);
    }
    if (inside.length === 0) return extension;
    const child = this.apply(extension.child, inside, depth + length, extension, 0);
    if (child === extension.child || this.missing.length > 0) return extension;
    this.#retire(extension, entries[0]!.path, depth);
    return child === null ? null : this.#prepend(extension.path, child, inside[0]!.path, depth + length);
  }

  /** Some inserts leave the extension half way: a branch takes the place where the first of them does. */
  #split(
    extension: Extension,
    entries: readonly TrieChange[],
    inside: readonly TrieChange[],
    outside: readonly TrieChange[],
    depth: number,
  ): Child {
    if (inside.length > 0 && extension.child instanceof NodeRef) {
      // Loaded here, because only the old extension can hold on to it.
      return this.#need(extension.child, inside[0]!.path, depth + extension.path.length, extension, 0);
    }
    const full = joinNibbles(entries[0]!.path.subarray(0, depth), null, extension.path);
    let shared = extension.path.length;
    for (const entry of outside) shared = Math.min(shared, sharedLength(entry.path, full, depth, shared));
    this.#retire(extension, entries[0]!.path, depth);
    const nibble = extension.path[shared]!;
    const rest = extension.path.subarray(shared + 1);
    const children: (Child | null)[] = new Array(16).fill(null);
    children[nibble] =
      rest.length === 0 ? extension.child : new Extension(rest, extension.child, this.#height, null, this.#used);
    const branch = new Branch(children, this.#height, null, this.#used);
    const prefix = extension.path.subarray(0, shared);
    const reaching = entries.filter((entry) => continuesWith(entry.path, depth, prefix));
    const changed = this.#applyToChildren(branch, reaching, depth + shared);
    const result = changed === null ? branch : this.#settle(branch, changed, reaching[0]!.path, depth + shared);
    // There is at least one insert, so something is left.
    if (result === null || this.missing.length > 0 || shared === 0) return result ?? branch;
    return this.#prepend(prefix, result, reaching[0]!.path, depth + shared);
  }

  #applyToBranch(branch: Branch, entries: readonly TrieChange[], depth: number): Child | null {
    const children = this.#applyToChildren(branch, entries, depth);
    if (children === null || this.missing.length > 0) return branch;
    this.#retire(branch, entries[0]!.path, depth);
    return this.#settle(branch, children, entries[0]!.path, depth);
  }

  /** New children, or null when none changed. */
  #applyToChildren(branch: Branch, entries: readonly TrieChange[], depth: number): (Child | null)[] | null {
    let children: (Child | null)[] | null = null;
    for (let from = 0; from < entries.length; ) {
      const nibble = entries[from]!.path[depth]!;
      let to = from + 1;
      while (to < entries.length && entries[to]!.path[depth] === nibble) to++;
      const group = from === 0 && to === entries.length ? entries : entries.slice(from, to);
      const old = branch.children[nibble]!;
      const child = this.apply(old, group, depth + 1, branch, nibble);
      if (child !== old) {
        children ??= branch.children.slice();
        children[nibble] = child;
      }
      from = to;
    }
    return children;
  }

  /** A branch of these children; with one child left it merges into that child, with none it vanishes. */
  #settle(old: Branch, children: (Child | null)[], path: Uint8Array, depth: number): Child | null {
    let count = 0;
    let last = -1;
    for (let i = 0; i < 16; i++) {
      if (children[i] !== null) {
        count++;
        last = i;
      }
    }
    if (count > 1) return new Branch(children, this.#height, null, this.#used);
    if (count === 0) return null;
    const child = children[last]!;
    const below = joinNibbles(path.subarray(0, depth), last, new Uint8Array(0));
    if (child instanceof NodeRef) return this.#need(child, below, depth + 1, old, last);
    return this.#prepend(Uint8Array.of(last), child, below, depth + 1);
  }

  /** `child`, which lies at `depth` of `path`, with nibbles put before it. */
  #prepend(nibbles: Uint8Array, child: Child, path: Uint8Array, depth: number): Node {
    if (child instanceof Leaf) {
      this.#retire(child, path, depth);
      return this.#leaf(joinNibbles(nibbles, null, child.path), child.value, child.storage);
    }
    if (child instanceof Extension) {
      this.#retire(child, path, depth);
      return new Extension(joinNibbles(nibbles, null, child.path), child.child, this.#height, null, this.#used);
    }
    return new Extension(nibbles, child, this.#height, null, this.#used);
  }

  /** A subtree of entries that all carry values. */
  #build(entries: readonly TrieChange[], depth: number): Node | null {
    const first = entries[0];
    if (first === undefined) return null;
    if (entries.length === 1) {
      return this.#leaf(first.path.subarray(depth), first.value!, first.storage);
    }
    const shared = sharedLength(first.path, entries.at(-1)!.path, depth, first.path.length - depth);
    const children: (Child | null)[] = new Array(16).fill(null);
    for (let from = 0; from < entries.length; ) {
      const nibble = entries[from]!.path[depth + shared]!;
      let to = from + 1;
      while (to < entries.length && entries[to]!.path[depth + shared] === nibble) to++;
      children[nibble] = this.#build(entries.slice(from, to), depth + shared + 1);
      from = to;
    }
    const branch = new Branch(children, this.#height, null, this.#used);
    if (shared === 0) return branch;
    return new Extension(first.path.subarray(depth, depth + shared), branch, this.#height, null, this.#used);
  }

  #need(ref: NodeRef, path: Uint8Array, depth: number, parent: Parent, index: number): NodeRef {
    this.missing.push({ owner: this.#owner, ref, path, depth, parent, index });
    return ref;
  }

  /** Lists a stored node that the new trie no longer has. */
  #retire(node: Node, path: Uint8Array, depth: number): void {
    if (node.ref !== null && hasRow(node, depth === 0)) {
      this.stale.push(nodeKey(node.height, this.#owner, path, depth));
    }
  }
}

function insertSorted(entries: TrieChange[], entry: TrieChange): void {
  let at = 0;
  while (at < entries.length && isBefore(entries[at]!.path, entry.path)) at++;
  entries.splice(at, 0, entry);
}

function isBefore(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}

function sameRoot(a: Child | null, b: Child | null): boolean {
  if (a === null || b === null) return a === b;
  const left = a instanceof NodeRef ? a.hash : a.ref;
  const right = b instanceof NodeRef ? b.hash : b.ref;
  return left !== null && right !== null && equalBytes(left, right);
}

/** What hashing a block's tries shares: the hash, the rows it makes and the memory they lie in. */
export interface HashWork {
  readonly hash: (data: Uint8Array) => Hash;
  readonly rows: RowOp[];
  readonly alloc: Allocate;
}

/** Hashes the new nodes of a trie, once each, and adds their rows. */
export function hashTrie({ root, owner }: Trie, work: HashWork): void {
  if (root !== null && !(root instanceof NodeRef)) hashNode(root, owner, new Uint8Array(64), 0, work);
}

function hashNode(node: Node, owner: Uint8Array, path: Uint8Array, depth: number, work: HashWork): void {
  if (node.ref !== null) return;
  if (node instanceof Extension) {
    path.set(node.path, depth);
    const { child } = node;
    if (!(child instanceof NodeRef)) hashNode(child, owner, path, depth + node.path.length, work);
  } else if (node instanceof Branch) {
    for (let i = 0; i < 16; i++) {
      const child = node.children[i]!;
      if (child === null || child instanceof NodeRef) continue;
      path[depth] = i;
      hashNode(child, owner, path, depth + 1, work);
    }
  }
  const rlp = encodeNode(node, work.alloc);
  if (rlp.length < 32 && depth > 0) {
    node.ref = rlp.slice();
    return;
  }
  node.ref = work.hash(rlp);
  const key = nodeKey(node.height, owner, path, depth, work.alloc);
  work.rows.push({ table: TABLES.trieNodes, key, row: 0, fields: encodeRow(node, rlp, work.alloc) });
}
