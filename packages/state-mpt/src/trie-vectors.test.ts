import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createCryptoSuite } from "@fb/crypto";
import { compareBytes, fromHex, toHex } from "@fb/types";
import { officialVectors } from "@fb/vectors";
import { describe, expect, it } from "vitest";
import { rootHash } from "./block-tries.ts";
import { toNibbles } from "./nibbles.ts";
import type { Trie } from "./node.ts";
import { allocate } from "./slab.ts";
import { hashTrie, type TrieChange, updateTrie } from "./trie-update.ts";

const suite = await createCryptoSuite();
const official = officialVectors("ethereum-tests");

type Pair = readonly [string, string | null];
interface Case {
  readonly in: readonly Pair[] | Record<string, string | null>;
  readonly root: string;
}

// Every file and case of the folder is named here, or the suite fails.
const SECURE: Record<string, boolean> = {
  "trietest.json": false,
  "trieanyorder_secureTrie.json": true,
  "hex_encoded_securetrie_test.json": true,
};
const SKIPPED_FILES: Record<string, string> = {
  "trietestnextprev.json": "order of iteration; a state trie is never iterated by key",
};
const SKIPPED_CASES: Record<string, string> = {
  emptyValues: "a key that is the beginning of another; keys of a state trie all have 32 bytes",
  "insert-middle-leaf": "a key that is the beginning of another; keys of a state trie all have 32 bytes",
  "branch-value-update": "a key that is the beginning of another; keys of a state trie all have 32 bytes",
};

function bytesOf(text: string): Uint8Array {
  return text.startsWith("0x") ? fromHex(text)! : new TextEncoder().encode(text);
}

function apply(trie: Trie, pairs: readonly Pair[], secure: boolean): void {
  const entries = pairs.map(([key, value]): TrieChange => {
    const bytes = bytesOf(key);
    return {
      path: toNibbles(secure ? suite.hash(bytes) : bytes),
      value: value === null ? null : bytesOf(value),
      storage: null,
    };
  });
  entries.sort((a, b) => compareBytes(a.path, b.path));
  const result = updateTrie(trie, entries, 0, 0);
  if (!result.ok) throw new Error("a trie in memory misses a node");
  trie.root = result.root;
}

function rootOf(trie: Trie): string {
  hashTrie(trie, { hash: (data) => suite.hash(data), rows: [], alloc: allocate });
  return toHex(rootHash(trie.root, suite.hash(Uint8Array.of(0x80))));
}

function casesOf(file: string): Readonly<Record<string, Case>> {
  return JSON.parse(readFileSync(join(official!, "TrieTests", file), "utf8"));
}

describe.skipIf(official === null)("official TrieTests", () => {
  it("knows every file of the folder", () => {
    const files = readdirSync(join(official!, "TrieTests"));
    expect(files.sort()).toEqual([...Object.keys(SECURE), ...Object.keys(SKIPPED_FILES)].sort());
  });

  it("leaves out only cases that exist", () => {
    expect(Object.keys(casesOf("trietest.json"))).toEqual(expect.arrayContaining(Object.keys(SKIPPED_CASES)));
  });

  for (const [file, secure] of official === null ? [] : Object.entries(SECURE)) {
    const taken = Object.entries(casesOf(file)).filter(([name]) => !(name in SKIPPED_CASES));
    describe.each(taken)(`${file} %s`, (_name, test) => {
      const pairs = Array.isArray(test.in) ? (test.in as Pair[]) : Object.entries(test.in);
      it("one change at a time, hashed after each", () => {
        const trie: Trie = { owner: new Uint8Array(0), root: null };
        for (const pair of pairs) {
          apply(trie, [pair], secure);
          rootOf(trie);
        }
        expect(`0x${rootOf(trie)}`).toBe(test.root);
      });

      it("all changes in one block", () => {
        const trie: Trie = { owner: new Uint8Array(0), root: null };
        const last = new Map(pairs);
        apply(trie, [...last], secure);
        expect(`0x${rootOf(trie)}`).toBe(test.root);
      });
    });
  }
});
