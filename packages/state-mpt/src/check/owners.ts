import { TABLES } from "@fb/storage-amdb";
import type { TrieCheckOptions } from "./options.ts";
import { binaryKey, parseNodeKey } from "./stored-key.ts";

/** What one pass over the node rows tells. */
export interface Owners {
  /** Rows of nodes. */
  readonly rows: number;
  /** By the hash of an address, as {@link binaryKey}: the address. Leaves name accounts by hash, keys of nodes by address. */
  readonly byHash: ReadonlyMap<string, Uint8Array>;
}

/** Reads the keys of all node rows: about 200 bytes of memory for each account that has or had slots. */
export async function findOwners({ backend, suite, head, report, progress }: TrieCheckOptions): Promise<Owners> {
  const byHash = new Map<string, Uint8Array>();
  let rows = 0;
  for await (const { key, row } of backend.scan(TABLES.trieNodes)) {
    if (++rows % 4096 === 0) progress(0);
    const parsed = parseNodeKey(key);
    if (parsed === null || row !== 0 || parsed.height > head) {
      const expected = `a node's key, of a block up to ${head}`;
      report({ code: "ROW_UNEXPECTED", table: TABLES.trieNodes, key, row, expected, found: "another key" });
    } else if (parsed.owner.length > 0 && parsed.depth === 0) {
      const owner = parsed.owner.slice();
      byHash.set(binaryKey(suite.hash(owner)), owner);
    }
  }
  return { rows, byHash };
}
