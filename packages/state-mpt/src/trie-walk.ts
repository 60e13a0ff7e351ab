import { continuesWith } from "./nibbles.ts";
import { Branch, type Child, Extension, Leaf, NodeRef, type Parent, type Trie } from "./node.ts";
import { encodeNode } from "./node-codec.ts";
import type { NodeStore } from "./node-store.ts";
import type { MissingNode } from "./trie-update.ts";

/** The leaf of a key; null = there is none; or the node to load first. */
export type Lookup = Leaf | null | MissingNode;

/** Follows a key from the root as far as memory goes. */
export function lookUp(trie: Trie, path: Uint8Array, used: number, visit?: (node: Child) => void): Lookup {
  let parent: Parent = trie;
  let index = 0;
  let child: Child | null = trie.root;
  let depth = 0;
  while (child !== null) {
    if (child instanceof NodeRef) return { owner: trie.owner, ref: child, path, depth, parent, index };
    child.used = used;
    visit?.(child);
    if (child instanceof Leaf) return continuesWith(path, depth, child.path) ? child : null;
    parent = child;
    if (child instanceof Extension) {
      if (!continuesWith(path, depth, child.path)) return null;
      depth += child.path.length;
      child = child.child;
    } else {
      index = path[depth++]!;
      child = child.children[index]!;
    }
  }
  return null;
}

export function isMissing(found: Lookup): found is MissingNode {
  return found !== null && !(found instanceof Leaf);
}

/** A key to follow in a trie. */
export interface Search {
  readonly trie: Trie;
  readonly path: Uint8Array;
}

/** Looks up many keys, loading what is not in memory level by level, each level in one request. */
export async function findAll(
  store: NodeStore,
  searches: readonly Search[],
  used: number,
): Promise<readonly (Leaf | null)[]> {
  const found: (Leaf | null)[] = new Array(searches.length).fill(null);
  let open = searches.map((_, i) => i);
  while (open.length > 0) {
    const missing = new Map<NodeRef, MissingNode>();
    const again: number[] = [];
    for (const i of open) {
      const { trie, path } = searches[i]!;
      const result = lookUp(trie, path, used);
      if (isMissing(result)) {
        missing.set(result.ref, result);
        again.push(i);
      } else {
        found[i] = result;
      }
    }
    if (missing.size > 0) await store.load([...missing.values()], used);
    open = again;
  }
  return found;
}

/** RLP of the nodes from the root to a key, or to where it would be; embedded nodes are inside their parents. */
export function proofNodes(trie: Trie, path: Uint8Array, used: number): Uint8Array[] {
  const nodes: Uint8Array[] = [];
  lookUp(trie, path, used, (node) => {
    if (node instanceof NodeRef) return;
    if (nodes.length === 0 || node.ref!.length === 32) nodes.push(encodeNode(node));
  });
  return nodes;
}

/** Keys of all stored nodes of a trie, for a trie that vanishes as a whole. */
export async function allNodes(
  store: NodeStore,
  trie: Trie,
  used: number,
  keyOf: (node: Exclude<Child, NodeRef>, path: Uint8Array, depth: number) => Uint8Array,
): Promise<Uint8Array[]> {
  const keys: Uint8Array[] = [];
  const open: { parent: Parent; index: number; path: Uint8Array; depth: number }[] = [];
  const push = (parent: Parent, index: number, path: Uint8Array, depth: number) =>
    open.push({ parent, index, path, depth });
  push(trie, 0, new Uint8Array(64), 0);
  while (open.length > 0) {
    const { parent, index, path, depth } = open.pop()!;
    let child = childAt(parent, index);
    if (child === null) continue;
    while (child instanceof NodeRef) {
      await store.load([{ owner: trie.owner, ref: child, path, depth, parent, index }], used);
      child = childAt(parent, index)!;
    }
    if (depth === 0 || child.ref!.length === 32) keys.push(keyOf(child, path, depth));
    if (child instanceof Extension) {
      const below = path.slice();
      below.set(child.path, depth);
      push(child, 0, below, depth + child.path.length);
    } else if (child instanceof Branch) {
      for (let nibble = 0; nibble < 16; nibble++) {
        if (child.children[nibble] === null) continue;
        const below = path.slice();
        below[depth] = nibble;
        push(child, nibble, below, depth + 1);
      }
    }
  }
  return keys;
}

function childAt(parent: Parent, index: number): Child | null {
  if (parent instanceof Branch) return parent.children[index]!;
  if (parent instanceof Extension) return parent.child;
  return parent instanceof Leaf ? parent.storage : parent.root;
}
