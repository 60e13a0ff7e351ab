import {
  Branch,
  type Child,
  Extension,
  hasRow,
  Leaf,
  type Node,
  NodeRef,
  nodeBytes,
  type Parent,
  type Trie,
} from "./node.ts";

interface Place {
  readonly node: Node;
  readonly parent: Parent;
  readonly index: number;
  /** Root of a trie. */
  readonly isRoot: boolean;
  /** Higher = to be kept rather: used later, or as late and nearer to the root. Always higher than the children's. */
  readonly rank: number;
}

const MAX_LEVELS = 256;

/** Runs `visit` over all nodes in memory, storage tries included; it returns whether to go below the node. */
function walk(trie: Trie, visit: (place: Place) => boolean): void {
  const open: { child: Child | null; parent: Parent; index: number; isRoot: boolean; level: number }[] = [];
  open.push({ child: trie.root, parent: trie, index: 0, isRoot: true, level: 0 });
  while (open.length > 0) {
    const { child, parent, index, isRoot, level } = open.pop()!;
    if (child === null || child instanceof NodeRef) continue;
    const rank = child.used * MAX_LEVELS - level;
    if (!visit({ node: child, parent, index, isRoot, rank })) continue;
    const below = { parent: child, level: level + 1 };
    if (child instanceof Leaf) open.push({ ...below, child: child.storage, index: 0, isRoot: true });
    else if (child instanceof Extension) open.push({ ...below, child: child.child, index: 0, isRoot: false });
    else child.children.forEach((next, i) => void open.push({ ...below, child: next, index: i, isRoot: false }));
  }
}

/**
 * Turns the nodes least worth keeping back into references until at most `maxBytes` are left. Returns the bytes left.
 * Readers that hold the same nodes load them again: content does not change.
 */
export function evictNodes(trie: Trie, maxBytes: number): number {
  const bytesByRank = new Map<number, number>();
  let total = 0;
  walk(trie, ({ node, rank }) => {
    const bytes = nodeBytes(node);
    bytesByRank.set(rank, (bytesByRank.get(rank) ?? 0) + bytes);
    total += bytes;
    return true;
  });
  if (total <= maxBytes) return total;
  let kept = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (const rank of [...bytesByRank.keys()].sort((a, b) => b - a)) {
    if (kept + bytesByRank.get(rank)! > maxBytes) break;
    kept += bytesByRank.get(rank)!;
    lowest = rank;
  }
  walk(trie, ({ node, parent, index, isRoot, rank }) => {
    if (rank >= lowest || !hasRow(node, isRoot)) return true;
    replace(parent, index, new NodeRef(node.ref!, node.height));
    return false;
  });
  return kept;
}

function replace(parent: Parent, index: number, ref: NodeRef): void {
  if (parent instanceof Branch) parent.children[index] = ref;
  else if (parent instanceof Extension) parent.child = ref;
  else if (parent instanceof Leaf) parent.storage = ref;
  else parent.root = ref;
}
