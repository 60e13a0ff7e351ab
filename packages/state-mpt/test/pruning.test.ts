import { change, readAccount, readSlot, WorldModel } from "@fb/compliance/world-state";
import { createCryptoSuite } from "@fb/crypto";
import { createSeededRng } from "@fb/runtime/testing";
import { keyNumber, numberKey, TABLES } from "@fb/storage-amdb";
import { createMemoryBackend, createMemoryDisk, type MemoryDisk } from "@fb/storage-amdb/memory";
import {
  bigTo32,
  EMPTY,
  fromHex,
  type Hash,
  type Hex,
  type StorageBackend,
  type StoredRow,
  toHex,
  type WorldState,
  ZERO_HASH,
} from "@fb/types";
import { describe, expect, it } from "vitest";
import { createMptState } from "../src/index.ts";
import { Leaf, NodeRef } from "../src/node.ts";
import { nodeKey } from "../src/node-key.ts";
import { NodeStore } from "../src/node-store.ts";
import { allNodes } from "../src/trie-walk.ts";

const suite = await createCryptoSuite();
const ADDRESSES = Array.from({ length: 40 }, (_, i) => toHex(suite.hash(Uint8Array.of(i))).slice(24));
const SLOTS = Array.from({ length: 15 }, (_, i) => toHex(bigTo32(BigInt(i))));

class Chain {
  readonly models: WorldModel[] = [];
  readonly #rng: ReturnType<typeof createSeededRng>;
  readonly #disk: MemoryDisk = createMemoryDisk();
  #root: Hash | null = null;
  backend!: StorageBackend;
  world!: WorldState;

  constructor(seed: number) {
    this.#rng = createSeededRng(seed);
  }

  async open(historyBlocks?: number): Promise<void> {
    this.backend = createMemoryBackend({ disk: this.#disk });
    const limits = historyBlocks === undefined ? {} : { historyBlocks };
    this.world = await createMptState({ backend: this.backend, suite, nodeCacheBytes: 30_000, ...limits });
  }

  get head(): number {
    return this.models.length - 1;
  }

  async commit(): Promise<void> {
    const rng = this.#rng;
    const model = this.models.at(-1) ?? new WorldModel();
    const changes = new Map<Hex, ReturnType<typeof change>>();
    for (let i = rng.below(8); i >= 0; i--) {
      const address = ADDRESSES[rng.below(ADDRESSES.length)]!;
      const account = { nonce: BigInt(rng.below(99)), balance: 5n, codeHash: suite.hash(EMPTY) };
      const slots = Array.from({ length: rng.below(9) }, (): [Hex, Uint8Array] => [
        SLOTS[rng.below(SLOTS.length)]!,
        rng.below(3) === 0 ? ZERO_HASH : bigTo32(BigInt(1 + rng.below(999))),
      ]);
      changes.set(address, { ...change(rng.below(5) === 0 ? null : account, slots), clearStorage: rng.below(6) === 0 });
    }
    const height = this.head + 1;
    const commitment = await this.world.commitment(height, this.#root ?? this.world.emptyRoot, changes);
    await this.backend.commit(height, commitment.batch);
    this.world.committed(height, commitment, changes);
    this.#root = commitment.root;
    this.models.push(model.apply(changes));
  }

  async keys(table: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.backend.scan(table)) keys.push(toHex(key));
    return keys;
  }

  /** Keys of all nodes that the tries of the kept heights consist of, by walking them. */
  async reachable(): Promise<string[]> {
    const store = new NodeStore(this.backend, suite);
    const owners = new Map(ADDRESSES.map((address) => [toHex(suite.hash(fromHex(address)!)), fromHex(address)!]));
    const live = new Set<string>();
    for await (const { fields } of this.backend.scan(TABLES.stateRoots)) {
      const [root, height] = fields as [Uint8Array, Uint8Array];
      if (toHex(root) === toHex(store.emptyRoot)) continue;
      const storages: { owner: Uint8Array; ref: NodeRef }[] = [];
      const accounts = { owner: EMPTY, root: new NodeRef(root, keyNumber(height)) };
      const nodes = await allNodes(store, accounts, 0, (node, path, depth) => {
        if (node instanceof Leaf && node.storage instanceof NodeRef) {
          const full = [...path.subarray(0, depth), ...node.path].map((nibble) => nibble.toString(16)).join("");
          storages.push({ owner: owners.get(full)!, ref: node.storage });
        }
        return nodeKey(node.height, EMPTY, path, depth);
      });
      for (const { owner, ref } of storages) {
        const keyOf = (node: { height: number }, path: Uint8Array, depth: number) =>
          nodeKey(node.height, owner, path, depth);
        nodes.push(...(await allNodes(store, { owner, root: ref }, 0, keyOf)));
      }
      for (const key of nodes) live.add(toHex(key));
    }
    return [...live].sort();
  }

  async expectExact(height: number): Promise<void> {
    const view = this.world.view(height);
    for (const address of ADDRESSES) {
      expect(await readAccount(view, address)).toEqual(this.models[height]!.account(address));
      for (const slot of SLOTS)
        expect(await readSlot(view, address, slot)).toEqual(this.models[height]!.slot(address, slot));
    }
  }
}

describe("history", () => {
  it("is readable and provable at every height when nothing is pruned, also after a restart", async () => {
    const chain = new Chain(1);
    await chain.open();
    for (let i = 0; i < 20; i++) await chain.commit();
    await chain.open();
    for (let height = 0; height < 20; height += 3) {
      await chain.expectExact(height);
      const proof = await chain.world.proof(height, fromHex(ADDRESSES[3]!)!, []);
      expect(proof.account).toEqual(chain.models[height]!.account(ADDRESSES[3]!));
    }
    expect((await chain.keys(TABLES.trieNodes)).sort()).toEqual(await chain.reachable());
  });
});

describe("pruning", () => {
  it.each([1, 2, 5])("keeps exactly the nodes of the head and %i heights before it (SPEC 3.2)", async (history) => {
    const chain = new Chain(history + 10);
    await chain.open(history);
    for (let i = 0; i < 25; i++) {
      await chain.commit();
      const lowest = Math.max(0, chain.head - history);
      expect(await chain.keys(TABLES.stateRoots)).toEqual(
        Array.from({ length: chain.head - lowest + 1 }, (_, n) => toHex(numberKey(lowest + n))),
      );
      expect((await chain.keys(TABLES.trieNodes)).sort()).toEqual(await chain.reachable());
      if (i % 6 === 5) await chain.open(history);
      await chain.expectExact(lowest);
      await chain.expectExact(chain.head);
    }
    const gone = chain.head - history - 1;
    await chain.open(history);
    const view = chain.world.view(gone);
    await expect(view.load([{ type: "account", address: ADDRESSES[0]! }])).rejects.toMatchObject({
      code: "STATE_NOT_KEPT",
    });
    await expect(chain.world.proof(gone, fromHex(ADDRESSES[0]!)!, [])).rejects.toMatchObject({
      code: "STATE_NOT_KEPT",
    });
  });

  it("works off a backlog a few heights at a time (SPEC 3.3)", async () => {
    const chain = new Chain(3);
    await chain.open();
    for (let i = 0; i < 40; i++) await chain.commit();
    await chain.open(1);
    let kept = (await chain.keys(TABLES.stateRoots)).length;
    while (kept > 2) {
      await chain.commit();
      const now = (await chain.keys(TABLES.stateRoots)).length;
      expect(now).toBeLessThan(kept);
      expect(kept - now).toBeLessThanOrEqual(8);
      kept = now;
      await chain.expectExact(chain.head);
    }
    for (let i = 0; i < 4; i++) await chain.commit();
    expect((await chain.keys(TABLES.trieNodes)).sort()).toEqual(await chain.reachable());
  });
});

describe("damage", () => {
  it("of a node is noticed when it is read, never believed (SPEC 2.4)", async () => {
    const chain = new Chain(5);
    await chain.open();
    for (let i = 0; i < 5; i++) await chain.commit();
    const alive = ADDRESSES.find((address) => chain.models[4]!.account(address) !== null)!;
    const read = () => chain.world.view(4).load([{ type: "account", address: alive }]);
    const rows: StoredRow[] = [];
    for await (const row of chain.backend.scan(TABLES.trieNodes)) rows.push(row);
    const damage = (change: (rlp: Uint8Array) => Uint8Array | null) =>
      rows.map(({ key, row, fields }) => {
        const rlp = change(fields[0]!);
        return { table: TABLES.trieNodes, key, row, fields: rlp === null ? null : [rlp, fields[1]!] };
      });
    const root = { table: TABLES.stateRoots, key: numberKey(5), row: 0 };
    const { fields } = (await chain.backend.rows(TABLES.stateRoots, numberKey(4)))[0]!;
    await chain.backend.commit(5, [
      ...damage((rlp) => rlp.map((byte, i) => (i === 40 ? byte ^ 1 : byte))),
      { ...root, fields },
    ]);
    await chain.open();
    await expect(read()).rejects.toMatchObject({ code: "STORAGE_CORRUPT" });
    await chain.backend.commit(6, [...damage(() => null), { ...root, key: numberKey(6), fields }]);
    await chain.open();
    await expect(read()).rejects.toMatchObject({ code: "STORAGE_CORRUPT" });
  });

  it("of the head's root, or a state of another type, is refused at opening", async () => {
    const chain = new Chain(6);
    await chain.open();
    await chain.commit();
    await chain.backend.commit(1, []);
    await expect(chain.open()).rejects.toMatchObject({ code: "STORAGE_CORRUPT" });
  });
});

describe("node cache", () => {
  it("stays within its bytes while the trie outgrows it", async () => {
    const backend = createMemoryBackend();
    let bytes = 0;
    const gauge = (name: string) => ({
      set: (value: number) => void (name === "fb_state_trie_bytes" && (bytes = value)),
    });
    const nothing = { inc() {}, observe() {} };
    const metrics = { gauge, counter: () => nothing, histogram: () => nothing };
    const world = await createMptState({ backend, suite, nodeCacheBytes: 100_000, metrics });
    let root = world.emptyRoot;
    for (let height = 0; height < 30; height++) {
      const changes = new Map(
        Array.from({ length: 50 }, (_, i) => {
          const account = { nonce: BigInt(i), balance: BigInt(height), codeHash: suite.hash(EMPTY) };
          return [toHex(suite.hash(bigTo32(BigInt(height * 50 + i)))).slice(24), change(account)] as const;
        }),
      );
      const commitment = await world.commitment(height, root, changes);
      await backend.commit(height, commitment.batch);
      world.committed(height, commitment, changes);
      root = commitment.root;
      expect(bytes).toBeLessThanOrEqual(100_000);
    }
    expect(bytes).toBeGreaterThan(30_000);
  });
});
