import { type ReportFault, shownBytes, TABLES } from "@fb/storage-amdb";
import { type CryptoSuite, EMPTY, equalBytes, type Hash, type StorageBackend } from "@fb/types";
import { decodeAccount, decodeSlot } from "../account-value.ts";
import { Branch, type Child, Extension, type Node, NodeRef } from "../node.ts";
import { decodeRow } from "../node-codec.ts";
import { nodeKey } from "../node-key.ts";
import { binaryKey } from "./stored-key.ts";

/** Nodes read together. */
const BATCH = 256;

/** A node to look at: where it hangs, and how its parent names it. */
interface Pending {
  readonly owner: Uint8Array;
  /** Nibbles from the root; more may follow. */
  readonly path: Uint8Array;
  readonly depth: number;
  readonly ref: NodeRef;
}

export interface WalkDeps {
  readonly backend: Pick<StorageBackend, "rowsMany">;
  readonly suite: CryptoSuite;
  /** Addresses by {@link binaryKey} of their hashes. */
  readonly owners: ReadonlyMap<string, Uint8Array>;
  readonly report: ReportFault;
  /** Whether the nodes below one with this key are looked at, too. */
  readonly follow: (key: Uint8Array) => boolean;
  /** Told with each node that is followed, its key and how many there were. */
  readonly visited: (key: Uint8Array) => void;
}

export interface WalkResult {
  readonly accounts: number;
  readonly slots: number;
}

/** Reads a state from its root down: every node has the hash by which its parent names it, every leaf is readable. */
export async function walkTries(root: NodeRef, deps: WalkDeps): Promise<WalkResult> {
  const walk = new Walk(deps);
  await walk.run({ owner: EMPTY, path: new Uint8Array(64), depth: 0, ref: root });
  return { accounts: walk.accounts, slots: walk.slots };
}

class Walk {
  readonly #deps: WalkDeps;
  readonly #emptyRoot: Hash;
  readonly #emptyCode: Hash;
  /** Depth first, so that it holds little more than the siblings on one path. */
  readonly #open: Pending[] = [];
  /** Hashes of code that was found, as {@link binaryKey}. */
  readonly #codes = new Set<string>();
  accounts = 0;
  slots = 0;

  constructor(deps: WalkDeps) {
    this.#deps = deps;
    this.#emptyRoot = deps.suite.hash(Uint8Array.of(0x80));
    this.#emptyCode = deps.suite.hash(EMPTY);
  }

  async run(root: Pending): Promise<void> {
    this.#open.push(root);
    while (this.#open.length > 0) {
      const batch = this.#open.splice(-BATCH);
      const keys = batch.map(({ owner, path, depth, ref }) => nodeKey(ref.height, owner, path, depth));
      const found = await this.#deps.backend.rowsMany(TABLES.trieNodes, keys);
      for (const [i, pending] of batch.entries()) {
        const node = this.#check(pending, keys[i]!, found[i]!);
        if (node === null || !this.#deps.follow(keys[i]!)) continue;
        this.#deps.visited(keys[i]!);
        await this.#children(node, pending);
      }
    }
  }

  #check({ ref, owner }: Pending, key: Uint8Array, rows: readonly { fields: readonly Uint8Array[] }[]): Node | null {
    const { report, suite } = this.#deps;
    const fault = { table: TABLES.trieNodes, key, height: ref.height };
    const fields = rows[0]?.fields;
    if (fields === undefined) {
      report({ code: "ROW_MISSING", ...fault, expected: `a node with hash ${shownBytes(ref.hash)}`, found: "nothing" });
      return null;
    }
    const hash = suite.hash(fields[0] ?? EMPTY);
    if (!equalBytes(hash, ref.hash)) {
      report({ code: "ROW_DIFFERS", ...fault, expected: `hash ${shownBytes(ref.hash)}`, found: shownBytes(hash) });
      return null;
    }
    try {
      if (fields.length === 2) {
        return decodeRow(fields, ref.hash, ref.height, 0, owner.length === 0 ? this.#storageRootOf : null);
      }
    } catch {
      // Told below, as other shapes are.
    }
    const expected = "a trie node and the heights of its children";
    report({ code: "ROW_UNREADABLE", ...fault, expected, found: "other bytes" });
    return null;
  }

  async #children(node: Child, at: Pending): Promise<void> {
    if (node instanceof NodeRef) {
      this.#open.push({ ...at, ref: node });
    } else if (node instanceof Branch) {
      for (const [nibble, child] of node.children.entries()) {
        if (child === null) continue;
        const path = at.path.slice();
        path[at.depth] = nibble;
        await this.#children(child, { ...at, path, depth: at.depth + 1 });
      }
    } else {
      const path = at.path.slice();
      const end = at.depth + node.path.length;
      const isLeaf = !(node instanceof Extension);
      if (end > 64 || (isLeaf && end !== 64)) return this.#unreadable(at, "a path of 64 nibbles");
      path.set(node.path, at.depth);
      if (isLeaf) await this.#leaf(node.value, node.storage, { ...at, path, depth: end });
      else await this.#children(node.child, { ...at, path, depth: end });
    }
  }

  async #leaf(value: Uint8Array, storage: Child | null, at: Pending): Promise<void> {
    if (at.owner.length > 0) {
      this.slots++;
      try {
        decodeSlot(value);
      } catch {
        this.#unreadable(at, "the value of a slot");
      }
      return;
    }
    this.accounts++;
    await this.#code(decodeAccount(value).account.codeHash);
    if (!(storage instanceof NodeRef)) return;
    const hash = packNibbles(at.path);
    const owner = this.#deps.owners.get(binaryKey(hash));
    if (owner !== undefined) {
      this.#open.push({ owner, path: new Uint8Array(64), depth: 0, ref: storage });
      return;
    }
    const expected = `the storage of the account with hash ${shownBytes(hash)}, root ${shownBytes(storage.hash)}`;
    this.#deps.report({
      code: "ROW_MISSING",
      table: TABLES.trieNodes,
      height: storage.height,
      expected,
      found: "nothing",
    });
  }

  async #code(hash: Hash): Promise<void> {
    const known = binaryKey(hash);
    if (equalBytes(hash, this.#emptyCode) || this.#codes.has(known)) return;
    this.#codes.add(known);
    const [rows] = await this.#deps.backend.rowsMany(TABLES.code, [hash]);
    if (rows!.length > 0) return;
    this.#deps.report({
      code: "ROW_MISSING",
      table: TABLES.code,
      key: hash,
      expected: "the code of an account",
      found: "nothing",
    });
  }

  #unreadable({ owner, path, depth, ref }: Pending, expected: string): void {
    const key = nodeKey(ref.height, owner, path, depth);
    this.#deps.report({
      code: "ROW_UNREADABLE",
      table: TABLES.trieNodes,
      key,
      height: ref.height,
      expected,
      found: "other bytes",
    });
  }

  readonly #storageRootOf = (value: Uint8Array): Hash | null => {
    const { storageRoot } = decodeAccount(value);
    return equalBytes(storageRoot, this.#emptyRoot) ? null : storageRoot;
  };
}

function packNibbles(path: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => (path[2 * i]! << 4) | path[2 * i + 1]!);
}
