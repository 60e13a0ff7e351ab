import { createMPT } from "@ethereumjs/mpt";
import { createCryptoSuite } from "@fb/crypto";
import { compareBytes, type RowOp, type StoredRow, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toNibbles } from "../src/nibbles.ts";
import { NodeRef, type Trie } from "../src/node.ts";
import { nodeKey } from "../src/node-key.ts";
import { NodeStore } from "../src/node-store.ts";
import { allocate } from "../src/slab.ts";
import { hashTrie, type TrieChange, updateTrie } from "../src/trie-update.ts";
import { allNodes, findAll } from "../src/trie-walk.ts";

const suite = await createCryptoSuite();
const OWNER = new Uint8Array(20).fill(7);

// Keys that share long beginnings, and values small enough to be embedded in their parents: what random hashes never give.
const key = fc.array(fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xf0), { minLength: 3, maxLength: 3 });
const value = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ minLength: 1, maxLength: 3 }),
  fc.uint8Array({ minLength: 33, maxLength: 40 }),
);
const block = fc.record({
  changes: fc.array(fc.tuple(key, value), { maxLength: 12 }),
  /** Forget all nodes in memory before the block. */
  forget: fc.boolean(),
});

/** Rows of trie nodes on "disk". */
class Disk {
  readonly rows = new Map<string, StoredRow>();

  async rowsMany(_table: string, keys: readonly Uint8Array[]): Promise<readonly (readonly StoredRow[])[]> {
    return keys.map((wanted) => {
      const row = this.rows.get(toHex(wanted));
      return row === undefined ? [] : [row];
    });
  }

  apply(ops: readonly RowOp[], stale: readonly Uint8Array[]): void {
    for (const gone of stale) {
      expect(this.rows.delete(toHex(gone)), "a stale node was stored").toBe(true);
    }
    for (const { key: at, fields } of ops) {
      expect(this.rows.has(toHex(at)), "a node is stored once").toBe(false);
      this.rows.set(toHex(at), { key: at, row: 0, fields: fields! });
    }
  }
}

async function applyBlock(trie: Trie, changes: ReadonlyMap<string, Uint8Array | null>, height: number, disk: Disk) {
  const store = new NodeStore(disk, suite);
  const entries = Array.from(
    changes,
    ([text, bytes]): TrieChange => ({ path: toNibbles(Buffer.from(text, "hex")), value: bytes, storage: null }),
  ).sort((a, b) => compareBytes(a.path, b.path));
  let result = updateTrie(trie, entries, height, height);
  for (let rounds = 0; !result.ok; rounds++) {
    expect(rounds).toBeLessThan(40);
    await store.load(result.missing, height);
    result = updateTrie(trie, entries, height, height);
  }
  const next: Trie = { owner: trie.owner, root: result.root };
  const rows: RowOp[] = [];
  hashTrie(next, { hash: (data) => suite.hash(data), rows, alloc: allocate });
  disk.apply(rows, result.stale);
  return next;
}

async function oracleRoot(content: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const trie = await createMPT();
  for (const [text, bytes] of content) await trie.put(Buffer.from(text, "hex"), bytes);
  return toHex(trie.root());
}

describe("trie", () => {
  it("keeps the root, the content and exactly its own nodes on disk, for any blocks (SPEC 2.1, 3.1)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 8 }), async (blocks) => {
        const disk = new Disk();
        const store = new NodeStore(disk, suite);
        const content = new Map<string, Uint8Array>();
        let trie: Trie = { owner: OWNER, root: null };
        for (const [height, { changes, forget }] of blocks.entries()) {
          if (forget && trie.root !== null && !(trie.root instanceof NodeRef)) {
            trie = { owner: OWNER, root: new NodeRef(trie.root.ref!, trie.root.height) };
          }
          const last = new Map(changes.map(([bytes, change]) => [toHex(Uint8Array.from(bytes)), change]));
          for (const [text, change] of last) {
            if (change === null) content.delete(text);
            else content.set(text, change);
          }
          trie = await applyBlock(trie, last, height, disk);
          const root =
            trie.root === null ? store.emptyRoot : trie.root instanceof NodeRef ? trie.root.hash : trie.root.ref!;
          expect(toHex(root)).toBe(await oracleRoot(content));

          const fresh: Trie = { ...trie, root: trie.root === null ? null : new NodeRef(root, trie.root.height) };
          const live = await allNodes(store, fresh, height, (node, path, depth) =>
            nodeKey(node.height, OWNER, path, depth),
          );
          expect(live.map(toHex).sort()).toEqual([...disk.rows.keys()].sort());
          const keys = [...content.keys(), "0000ff", "ffffff"];
          const found = await findAll(
            store,
            keys.map((text) => ({ trie: fresh, path: toNibbles(Buffer.from(text, "hex")) })),
            height,
          );
          expect(found.map((leaf) => leaf?.value)).toEqual(keys.map((text) => content.get(text)));
        }
      }),
      { numRuns: 400 },
    );
  });
});
