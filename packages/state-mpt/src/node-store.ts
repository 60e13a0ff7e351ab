import { storageError, TABLES } from "@fb/storage-amdb";
import { type CryptoSuite, equalBytes, type Hash, type StorageBackend } from "@fb/types";
import { decodeAccount } from "./account-value.ts";
import { attach, type Node, nodeBytes } from "./node.ts";
import { decodeRow } from "./node-codec.ts";
import { nodeKey } from "./node-key.ts";
import type { MissingNode } from "./trie-update.ts";

/** Brings trie nodes from the backend, checked against the hash by which their parent names them. */
export class NodeStore {
  readonly emptyRoot: Hash;
  readonly #backend: Pick<StorageBackend, "rowsMany">;
  readonly #suite: CryptoSuite;
  /** Estimated bytes of the nodes brought so far. */
  loadedBytes = 0;

  constructor(backend: Pick<StorageBackend, "rowsMany">, suite: CryptoSuite) {
    this.#backend = backend;
    this.#suite = suite;
    this.emptyRoot = suite.hash(Uint8Array.of(0x80));
  }

  /** Loads the nodes and hangs them in their places. Throws STORAGE_CORRUPT for a node that is missing or altered. */
  async load(missing: readonly MissingNode[], used: number): Promise<void> {
    const keys = missing.map(({ ref, owner, path, depth }) => nodeKey(ref.height, owner, path, depth));
    const rows = await this.#backend.rowsMany(TABLES.trieNodes, keys);
    missing.forEach(({ ref, owner, parent, index }, i) => {
      const row = rows[i]![0];
      if (row === undefined) {
        throw storageError("STORAGE_CORRUPT", "trie node is missing", { height: ref.height });
      }
      if (!equalBytes(this.#suite.hash(row.fields[0]!), ref.hash)) {
        throw storageError("STORAGE_CORRUPT", "trie node does not match its hash", { height: ref.height });
      }
      const node: Node = decodeRow(
        row.fields,
        ref.hash,
        ref.height,
        used,
        owner.length === 0 ? this.#storageRootOf : null,
      );
      this.loadedBytes += nodeBytes(node);
      attach(parent, index, ref, node);
    });
  }

  readonly #storageRootOf = (value: Uint8Array): Hash | null => {
    const { storageRoot } = decodeAccount(value);
    return equalBytes(storageRoot, this.emptyRoot) ? null : storageRoot;
  };
}
