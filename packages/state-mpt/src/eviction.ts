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

/** Runs `visit` over all nodes in memory, storage tries included; it returns whether to go below the node. */
function walk(trie: Trie, visit: (node: Node, parent: Parent, index: number, isRoot: boolean) => boolean): void {
  const open: { child: Child | null; parent: Parent; index: number; isRoot: boolean }[] = [];
  open.push({ child: trie.root, parent: trie, index: 0, isRoot: true });
  while (open.length > 0) {
    const { child, parent, index, isRoot } = open.pop()!;
    if (child === null || child instanceof NodeRef || !visit(child, parent, index, isRoot)) continue;
    if (child instanceof Leaf) open.push({ child: child.storage, parent: child, index: 0, isRoot: true });
    else if (child instanceof Extension) open.push({ child: child.child, parent: child, index: 0, isRoot: false });
    else child.children.forEach((below, i) => void open.push({ child: below, parent: child, index: i, isRoot: false }));
  }
}

/**
 * Turns nodes that were not used lately back into references until about `maxBytes` are left. Returns the bytes left.
 * Readers that hold the same nodes load them again: content does not change.
 */
export function evictNodes(trie: Trie, maxBytes: number): number {
  const bytesByUse = new Map<number, number>();
  let total = 0;
  walk(trie, (node) => {
    const bytes = nodeBytes(node);
    bytesByUse.set(node.used, (bytesByUse.get(node.used) ?? 0) + bytes);
    total += bytes;
    return true;
  });
  if (total <= maxBytes) return total;
  let kept = 0;
  let oldest = Number.POSITIVE_INFINITY;
  for (const use of [...bytesByUse.keys()].sort((a, b) => b - a)) {
    if (kept + bytesByUse.get(use)! > maxBytes) break;
    kept += bytesByUse.get(use)!;
    oldest = use;
  }
  walk(trie, (node, parent, index, isRoot) => {
    if (node.used >= oldest || !hasRow(node, isRoot)) return true;
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
