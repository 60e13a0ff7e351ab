import { readFileSync } from "node:fs";
import { createCryptoSuite } from "@fb/crypto";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import { type AccountChange, fromHex, type Hex, toHex } from "@fb/types";
import { expect, it } from "vitest";
import { createMptState } from "../src/index.ts";

interface Vector {
  readonly changes: Record<
    Hex,
    { nonce: string; balance: string; code?: Hex; clearStorage?: boolean; slots?: Record<Hex, Hex> } | null
  >;
  readonly root: Hex;
  /** "table key row" to fields; null = removed. */
  readonly rows: Record<string, readonly Hex[] | null>;
}

// Blocks on top of each other. A change of this file is a change of the format: it needs a new rules version.
const blocks: readonly Vector[] = JSON.parse(readFileSync(new URL("../testdata/blocks.json", import.meta.url), "utf8"));

it("blocks give their frozen roots and rows (SPEC 2.5, 2.6)", async () => {
  const suite = await createCryptoSuite();
  const backend = createMemoryBackend();
  const world = await createMptState({ backend, suite });
  let root = world.emptyRoot;
  for (const [height, block] of blocks.entries()) {
    const changes = new Map(
      Object.entries(block.changes).map(([address, to]): [Hex, AccountChange] => {
        if (to === null) return [address, { account: null, clearStorage: false, slots: new Map() }];
        const code = fromHex(to.code ?? "")!;
        const slots = new Map(Object.entries(to.slots ?? {}).map(([slot, value]) => [slot, fromHex(value)!]));
        const account = { nonce: BigInt(to.nonce), balance: BigInt(to.balance), codeHash: suite.hash(code) };
        const change = { account, clearStorage: to.clearStorage === true, slots };
        return [address, to.code === undefined ? change : { ...change, code }];
      }),
    );
    const commitment = await world.commitment(height, root, changes);
    const rows = commitment.batch.map(({ table, key, row, fields }) => [
      `${table} ${toHex(key)} ${row}`,
      fields === null ? null : fields.map(toHex),
    ]);
    expect({ root: toHex(commitment.root), rows: Object.fromEntries(rows) }).toEqual({
      root: block.root,
      rows: block.rows,
    });
    await backend.commit(height, commitment.batch);
    world.committed(height, commitment, changes);
    root = commitment.root;
  }
});
