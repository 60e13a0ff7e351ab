import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, toHex } from "./bytes.ts";
import { type MerkleProof, merkleProof, merkleRoot, txRoot, txRootOf, verifyMerkleProof } from "./merkle.ts";
import { nobleSuite as suite } from "./testing/noble-suite.ts";

/** RFC 6962, 2.1, word for word: split at the largest power of two below the number of leaves. */
function naiveTree(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return suite.hash(new Uint8Array(0));
  if (leaves.length === 1) return suite.hash(concatBytes(Uint8Array.of(0), leaves[0]!));
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return suite.hash(concatBytes(Uint8Array.of(1), naiveTree(leaves.slice(0, split)), naiveTree(leaves.slice(split))));
}
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const { length } = leaves;
  const count = Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length);
  return suite.hash(concatBytes(Uint8Array.of(2), count, naiveTree(leaves)));
}

const leaf = fc.uint8Array({ maxLength: 40 });
const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => Uint8Array.of(i));

describe("SPEC 6: trees", () => {
  it("has the shape of RFC 6962 (SPEC 6.1, 6.2)", () => {
    for (let count = 0; count <= 33; count++) {
      expect(toHex(merkleRoot(suite, leavesOf(count)))).toBe(toHex(naiveRoot(leavesOf(count))));
    }
  });

  it("proves every leaf", () => {
    fc.assert(
      fc.property(fc.array(leaf, { minLength: 1, maxLength: 40 }), fc.nat(), (leaves, n) => {
        const index = n % leaves.length;
        const proof = merkleProof(suite, leaves, index);
        expect(verifyMerkleProof(suite, merkleRoot(suite, leaves), leaves[index]!, proof)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("proves one leaf at one position of one count only (SPEC 6.4)", () => {
    for (let count = 1; count <= 9; count++) {
      const leaves = leavesOf(count);
      const root = merkleRoot(suite, leaves);
      for (let index = 0; index < count; index++) {
        const { path } = merkleProof(suite, leaves, index);
        for (let otherCount = 1; otherCount <= 10; otherCount++) {
          for (let other = 0; other < otherCount; other++) {
            const claim: MerkleProof = { index: other, count: otherCount, path };
            expect(verifyMerkleProof(suite, root, leaves[index]!, claim)).toBe(other === index && otherCount === count);
          }
        }
      }
    }
  });

  it("refuses a changed leaf, path and root, and inner nodes passed as leaves", () => {
    const leaves = leavesOf(6);
    const root = merkleRoot(suite, leaves);
    const proof = merkleProof(suite, leaves, 3);
    const changed = proof.path.map((hash, i) => (i === 0 ? suite.hash(hash) : hash));
    expect(verifyMerkleProof(suite, root, leaves[2]!, proof)).toBe(false);
    expect(verifyMerkleProof(suite, root, leaves[3]!, { ...proof, path: changed })).toBe(false);
    expect(verifyMerkleProof(suite, root, leaves[3]!, { ...proof, path: proof.path.slice(1) })).toBe(false);
    expect(verifyMerkleProof(suite, root, leaves[3]!, { ...proof, path: [...proof.path, root] })).toBe(false);
    expect(verifyMerkleProof(suite, suite.hash(root), leaves[3]!, proof)).toBe(false);
    const pair = concatBytes(naiveTree(leaves.slice(0, 1)), naiveTree(leaves.slice(1, 2)));
    expect(
      verifyMerkleProof(suite, root, pair, { index: 0, count: 6, path: merkleProof(suite, leaves, 0).path.slice(1) }),
    ).toBe(false);
  });

  it("survives absurd positions", () => {
    const root = merkleRoot(suite, leavesOf(2));
    for (const [index, count] of [
      [-1, 2],
      [2, 2],
      [0.5, 2],
      [0, 2 ** 40],
      [Number.NaN, 2],
      [0, Number.POSITIVE_INFINITY],
    ]) {
      expect(verifyMerkleProof(suite, root, Uint8Array.of(0), { index: index!, count: count!, path: [root] })).toBe(
        false,
      );
    }
  });
});

describe("the root of a list of transactions", () => {
  it("is computed once for a list and a suite, and anew for another list or suite", () => {
    const raws = leavesOf(5);
    const hashes = raws.map((raw) => suite.hash(raw));
    let asked = 0;
    const hashesOf = () => {
      asked++;
      return hashes;
    };
    for (let i = 0; i < 3; i++) expect(txRootOf(suite, raws, hashesOf)).toEqual(txRoot(suite, hashes));
    expect(asked).toBe(1);
    txRootOf(suite, [...raws], hashesOf);
    expect(asked).toBe(2);
    const other = { ...suite, hash: () => new Uint8Array(32) };
    expect(txRootOf(other, raws, hashesOf)).toEqual(new Uint8Array(32));
  });
});
