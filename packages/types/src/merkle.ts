import { equalBytes } from "./bytes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import { invariant } from "./errors.ts";
import type { Hash } from "./ids.ts";

const LEAF_TAG = 0;
const NODE_TAG = 1;
const ROOT_TAG = 2;

/**
 * Where a leaf stands in a tree, and the sibling hashes from the leaf up. A level without sibling contributes none.
 * `count` leaves make the tree; the root commits to that number.
 */
export interface MerkleProof {
  readonly index: number;
  readonly count: number;
  readonly path: readonly Hash[];
}

/** Root of a list of leaves (SPEC 6): a tree shaped as in RFC 6962, 2.1, with the number of leaves bound into its root. */
export function merkleRoot(suite: CryptoSuite, leaves: readonly Uint8Array[]): Hash {
  let level = leafHashes(suite, leaves);
  while (level.length > 1) level = levelAbove(suite, level);
  return rootHash(suite, leaves.length, level[0] ?? suite.hash(new Uint8Array(0)));
}

/** Proof that `leaves[index]` stands at `index` of the tree. */
export function merkleProof(suite: CryptoSuite, leaves: readonly Uint8Array[], index: number): MerkleProof {
  invariant(Number.isInteger(index) && index >= 0 && index < leaves.length, "no such leaf", { index });
  const path: Hash[] = [];
  let level = leafHashes(suite, leaves);
  for (let at = index; level.length > 1; at >>= 1) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) path.push(sibling);
    level = levelAbove(suite, level);
  }
  return { index, count: leaves.length, path };
}

/** True when `leaf` stands at `proof.index` of the `proof.count` leaves under `root`. Never throws on peer data. */
export function verifyMerkleProof(suite: CryptoSuite, root: Hash, leaf: Uint8Array, proof: MerkleProof): boolean {
  const { index, count, path } = proof;
  if (!Number.isInteger(index) || !Number.isInteger(count) || index < 0 || index >= count || count > 0xffffffff)
    return false;
  let hash = leafHashes(suite, [leaf])[0]!;
  let used = 0;
  let last = count - 1;
  for (let at = index; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    const isRight = at % 2 === 1;
    if (!isRight && at === last) continue;
    const sibling = path[used++];
    if (sibling === undefined || sibling.length !== 32) return false;
    hash = isRight ? nodeHash(suite, sibling, hash) : nodeHash(suite, hash, sibling);
  }
  return used === path.length && equalBytes(rootHash(suite, count, hash), root);
}

/** Root over transaction hashes in execution order. */
export function txRoot(suite: CryptoSuite, txHashes: readonly Hash[]): Hash {
  return merkleRoot(suite, txHashes);
}

const ROOTS = new WeakMap<readonly Uint8Array[], { readonly suite: CryptoSuite; readonly root: Hash }>();

/**
 * {@link txRoot} of the raw transactions of a block. Who seals, reads, judges and executes a block asks for the same list,
 * so that a list is hashed once; it must not change afterwards.
 */
export function txRootOf(suite: CryptoSuite, raws: readonly Uint8Array[], hashes: () => readonly Hash[]): Hash {
  const known = ROOTS.get(raws);
  if (known?.suite === suite) return known.root;
  const root = txRoot(suite, hashes());
  ROOTS.set(raws, { suite, root });
  return root;
}

/** Root over encoded receipts in execution order. */
export function receiptRoot(suite: CryptoSuite, encodedReceipts: readonly Uint8Array[]): Hash {
  return merkleRoot(suite, encodedReceipts);
}

/** Pairs neighbours; an odd last node moves up unchanged, which gives the shape of RFC 6962. */
function levelAbove(suite: CryptoSuite, level: readonly Hash[]): Hash[] {
  const above: Hash[] = [];
  for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(suite, level[i]!, level[i + 1]!));
  if (level.length % 2 === 1) above.push(level[level.length - 1]!);
  return above;
}

/** All in one buffer: a tree has as many hashes again as a block has transactions. */
function leafHashes(suite: CryptoSuite, leaves: readonly Uint8Array[]): Hash[] {
  let longest = 0;
  for (const leaf of leaves) longest = Math.max(longest, leaf.length);
  const bytes = new Uint8Array(1 + longest);
  bytes[0] = LEAF_TAG;
  return leaves.map((leaf) => {
    bytes.set(leaf, 1);
    return suite.hash(bytes.subarray(0, 1 + leaf.length));
  });
}

const NODE = new Uint8Array(65);
NODE[0] = NODE_TAG;

function nodeHash(suite: CryptoSuite, left: Hash, right: Hash): Hash {
  NODE.set(left, 1);
  NODE.set(right, 33);
  return suite.hash(NODE);
}

/** Without the count, the last leaf of an odd tree could be proven at a smaller index of a smaller tree. */
function rootHash(suite: CryptoSuite, count: number, tree: Hash): Hash {
  const bytes = new Uint8Array(37);
  bytes[0] = ROOT_TAG;
  new DataView(bytes.buffer).setUint32(1, count);
  bytes.set(tree, 5);
  return suite.hash(bytes);
}
