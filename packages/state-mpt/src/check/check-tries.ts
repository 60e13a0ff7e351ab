import { keyNumber, numberKey, shownBytes, TABLES } from "@fb/storage-amdb";
import { equalBytes, type Hash, type Height } from "@fb/types";
import { NodeRef } from "../node.ts";
import { unpackKeys } from "../node-key.ts";
import type { TrieCheckOptions, TrieCheckResult } from "./options.ts";
import { findOwners } from "./owners.ts";
import { binaryKey, parseNodeKey } from "./stored-key.ts";
import { type WalkDeps, walkTries } from "./walk.ts";

/** Stores with more nodes are told how many are too many, not which. */
const MAX_NAMED = 500_000;

/**
 * Reads the state of the head, and on demand of every kept height, from its nodes, and finds what belongs to none: lists
 * of stale nodes and roots included. Every fault is reported; what lies below a damaged node is not looked at. Rejects
 * with what storage rejects with.
 */
export async function checkTries(options: TrieCheckOptions): Promise<TrieCheckResult> {
  const { suite, head } = options;
  const emptyRoot = suite.hash(Uint8Array.of(0x80));
  const owners = await findOwners(options);
  const roots = await checkRoots(options, emptyRoot);
  const used = owners.rows <= MAX_NAMED ? new Set<string>() : null;
  let nodes = 0;
  const deps: WalkDeps = {
    ...options,
    owners: owners.byHash,
    follow: () => true,
    visited: (key) => {
      used?.add(binaryKey(key));
      if (++nodes % 256 === 0) options.progress(nodes);
    },
  };
  const headRoot = roots.refs.get(head) ?? null;
  const { accounts, slots } = headRoot === null ? { accounts: 0, slots: 0 } : await walkTries(headRoot, deps);
  const stale = await checkStale(options, used);
  await checkCount(options, { expected: nodes + stale, rows: owners.rows, used });
  let looked = 1;
  if (options.roots === "all") {
    for (let height = head - 1; height >= roots.lowest; height--, looked++) {
      options.progress(nodes);
      await checkOlder(options, deps, height, roots.refs.get(height) ?? null);
    }
  }
  return { nodes, accounts, slots, roots: looked };
}

interface Roots {
  readonly lowest: Height;
  /** Of the heights that are looked at, where there is a trie. */
  readonly refs: ReadonlyMap<Height, NodeRef>;
}

/** Root rows: one for each height from the lowest kept to the head, with the root of its header. */
async function checkRoots({ backend, head, rootAt, roots, report }: TrieCheckOptions, emptyRoot: Hash): Promise<Roots> {
  const table = TABLES.stateRoots;
  const refs = new Map<Height, NodeRef>();
  let lowest = -1;
  let next = -1;
  for await (const { key, fields } of backend.scan(table)) {
    const height = key.length === 8 ? keyNumber(key) : head + 1;
    if (height > head) {
      report({ code: "ROW_UNEXPECTED", table, key, expected: `a height up to ${head}`, found: "another key" });
      continue;
    }
    if (lowest < 0) lowest = next = height;
    for (; next < height; next++) missing(next);
    next = height + 1;
    const [root, nodeHeight] = fields;
    if (fields.length !== 2 || root?.length !== 32 || nodeHeight?.length !== 8 || keyNumber(nodeHeight) > height) {
      const expected = "a root and the block that made its node";
      report({ code: "ROW_UNREADABLE", table, key, height, expected, found: fields.map(shownBytes).join(",") });
      continue;
    }
    const committed = await rootAt(height);
    if (committed !== null && !equalBytes(root, committed)) {
      report({ code: "ROOT_DIFFERS", table, key, height, expected: shownBytes(committed), found: shownBytes(root) });
    } else if (!equalBytes(root, emptyRoot) && (roots === "all" || height === head)) {
      refs.set(height, new NodeRef(root, keyNumber(nodeHeight)));
    } else if (equalBytes(root, emptyRoot) && keyNumber(nodeHeight) !== height) {
      report({ code: "ROW_DIFFERS", table, key, height, expected: `height ${height}`, found: shownBytes(nodeHeight) });
    }
  }
  for (next = Math.max(next, lowest < 0 ? head : next); next <= head; next++) missing(next);
  return { lowest: lowest < 0 ? head : lowest, refs };

  function missing(height: Height): void {
    report({ code: "ROW_MISSING", table, key: numberKey(height), height, expected: "a state root", found: "nothing" });
  }
}

/** Lists of stale nodes: readable, of older nodes that are there. Returns how many nodes they name. */
async function checkStale(options: TrieCheckOptions, used: Set<string> | null): Promise<number> {
  const { backend, head, report, progress } = options;
  const table = TABLES.trieStale;
  let count = 0;
  let lastRow = { height: -1, row: 0 };
  for await (const { key, row, fields } of backend.scan(table)) {
    const height = key.length === 8 ? keyNumber(key) : head + 1;
    const keys = fields.length === 1 ? unpackKeys(fields[0]!) : null;
    // Pruning removes whole rows, the first ones first.
    const follows = height !== lastRow.height || row === lastRow.row + 1;
    lastRow = { height, row };
    if (height > head || !follows) {
      report({ code: "ROW_UNEXPECTED", table, key, row, expected: "the next row of a block", found: `row ${row}` });
    }
    if (keys === null || keys.length === 0 || keys.some((node) => (parseNodeKey(node)?.height ?? height) >= height)) {
      report({
        code: "ROW_UNREADABLE",
        table,
        key,
        row,
        height,
        expected: "keys of older nodes",
        found: "other bytes",
      });
      continue;
    }
    count += keys.length;
    progress(0);
    const found = await backend.rowsMany(TABLES.trieNodes, keys);
    for (const [i, node] of keys.entries()) {
      const known = used?.has(binaryKey(node)) === true;
      used?.add(binaryKey(node));
      if (found[i]!.length > 0 && !known) continue;
      const expected = known ? "nodes that no later state has" : "nodes that are stored";
      report({ code: "ROW_DIFFERS", table, key, row, height, expected, found: shownBytes(node) });
    }
  }
  return count;
}

/** Node rows that neither the head nor a list of stale nodes knows. */
async function checkCount(
  { backend, report, progress }: TrieCheckOptions,
  { expected, rows, used }: { expected: number; rows: number; used: ReadonlySet<string> | null },
): Promise<void> {
  if (expected === rows) return;
  const table = TABLES.trieNodes;
  if (used === null) return report({ code: "COUNT_DIFFERS", table, expected: `${expected} rows`, found: `${rows}` });
  for await (const { key } of backend.scan(table)) {
    progress(0);
    if (used.has(binaryKey(key))) continue;
    report({ code: "ROW_UNEXPECTED", table, key, expected: "a node of a kept state", found: "a node of none" });
  }
}

/** An older state: its nodes that the next one has no more are those that the next one's list says. */
async function checkOlder(
  { backend, report }: TrieCheckOptions,
  deps: WalkDeps,
  height: Height,
  root: NodeRef | null,
): Promise<void> {
  const key = numberKey(height + 1);
  const lists = await backend.rows(TABLES.trieStale, key);
  const stale = new Set(lists.flatMap(({ fields }) => (unpackKeys(fields[0]!) ?? []).map(binaryKey)));
  const seen = new Set<string>();
  if (root !== null) {
    const follow = (node: Uint8Array) => stale.has(binaryKey(node));
    await walkTries(root, { ...deps, follow, visited: (node) => seen.add(binaryKey(node)) });
  }
  if (seen.size === stale.size) return;
  const expected = `${seen.size} nodes of the state before`;
  report({ code: "COUNT_DIFFERS", table: TABLES.trieStale, key, height: height + 1, expected, found: `${stale.size}` });
}
