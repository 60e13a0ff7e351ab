import type { Hash, Height } from "@fb/types";

/** A stored node that is not in memory. */
export class NodeRef {
  readonly hash: Hash;
  /** The block that created the node: part of its storage key. */
  readonly height: Height;

  constructor(hash: Hash, height: Height) {
    this.hash = hash;
    this.height = height;
  }
}

/**
 * What all nodes in memory share. A node never changes its content once it is hashed; later blocks copy the path from
 * the root. Only the link to a child may turn from a {@link NodeRef} into the same node in memory and back.
 */
abstract class NodeBase {
  readonly height: Height;
  /** How the parent names it: its 32-byte hash, or its RLP below 32 bytes. Null until hashed. */
  ref: Uint8Array | null;
  /** Last use, for eviction; a parent's is never older than its children's. */
  used: number;

  constructor(height: Height, ref: Uint8Array | null, used: number) {
    this.height = height;
    this.ref = ref;
    this.used = used;
  }
}

export class Leaf extends NodeBase {
  /** Rest of the key in nibbles. */
  readonly path: Uint8Array;
  readonly value: Uint8Array;
  /** Root of the account's storage trie; null in storage tries and for accounts without slots. */
  storage: Child | null;

  constructor(
    path: Uint8Array,
    value: Uint8Array,
    storage: Child | null,
    height: Height,
    ref: Uint8Array | null,
    used: number,
  ) {
    super(height, ref, used);
    this.path = path;
    this.value = value;
    this.storage = storage;
  }
}

export class Extension extends NodeBase {
  readonly path: Uint8Array;
  child: Child;

  constructor(path: Uint8Array, child: Child, height: Height, ref: Uint8Array | null, used: number) {
    super(height, ref, used);
    this.path = path;
    this.child = child;
  }
}

/** Keys all have the same length, so a branch never carries a value. */
export class Branch extends NodeBase {
  /** 16 children by the next nibble. */
  readonly children: (Child | null)[];

  constructor(children: (Child | null)[], height: Height, ref: Uint8Array | null, used: number) {
    super(height, ref, used);
    this.children = children;
  }
}

export type Node = Leaf | Extension | Branch;
export type Child = Node | NodeRef;

/** One trie: the accounts (`owner` empty) or the storage of one account (`owner` = its address). */
export interface Trie {
  readonly owner: Uint8Array;
  root: Child | null;
}

/** Where a child hangs: a branch with an index, an extension, a leaf (its storage) or a trie (its root). */
export type Parent = Branch | Extension | Leaf | Trie;

/** Puts a node that was loaded in the place of its reference, unless the place has changed meanwhile. */
export function attach(parent: Parent, index: number, ref: NodeRef, node: Node): void {
  if (parent instanceof Branch) {
    if (parent.children[index] === ref) parent.children[index] = node;
  } else if (parent instanceof Extension) {
    if (parent.child === ref) parent.child = node;
  } else if (parent instanceof Leaf) {
    if (parent.storage === ref) parent.storage = node;
  } else if (parent.root === ref) {
    parent.root = node;
  }
}

/** True for a node with a row of its own; the others live inside their parent. */
export function hasRow(node: Node, isRoot: boolean): boolean {
  return isRoot || node.ref!.length === 32;
}

/** Estimated memory of a node without its children's, in bytes. */
export function nodeBytes(node: Node): number {
  if (node instanceof Leaf) return 400 + node.path.length + node.value.length;
  if (node instanceof Extension) return 400 + node.path.length;
  let bytes = 400;
  for (const child of node.children) if (child instanceof NodeRef) bytes += 200;
  return bytes;
}
