import { change, readAccount, readSlot, WorldModel } from "@fb/compliance/world-state";
import { createCryptoSuite } from "@fb/crypto";
import { createCapturingLogger, createSeededRng } from "@fb/runtime/testing";
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
import { staleRows, TriePruner } from "../src/pruning.ts";
import { allNodes } from "../src/trie-walk.ts";

const suite = await createCryptoSuite();
const ADDRESSES = Array.from({ length: 40 }, (_, i) => toHex(suite.hash(Uint8Array.of(i))).slice(24));
const SLOTS = Array.from({ length: 15 }, (_, i) => toHex(bigTo32(BigInt(i))));

class Chain {
  readonly models: WorldModel[] = [];
  readonly #rng: ReturnType<typeof createSeededRng>;
  readonly disk: MemoryDisk = createMemoryDisk();
  #root: Hash | null = null;
  readonly log = createCapturingLogger();
  backend!: StorageBackend;
  world!: WorldState;

  constructor(seed: number) {
    this.#rng = createSeededRng(seed);
  }

  async open(historyBlocks?: number): Promise<void> {
    this.backend = createMemoryBackend({ disk: this.disk });
    const limits = historyBlocks === undefined ? {} : { historyBlocks };
    const options = { backend: this.backend, suite, nodeCacheBytes: 30_000, log: this.log, ...limits };
    this.world = await createMptState(options);
  }

  get root(): Hash {
    return this.#root!;
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

  /** Every kept height is readable and provable, none below is. */
  async expectKept(lowest: number, rng: ReturnType<typeof createSeededRng>): Promise<void> {
    for (let height = lowest; height <= this.head; height++) {
      const address = ADDRESSES[rng.below(ADDRESSES.length)]!;
      const proof = await this.world.proof(height, fromHex(address)!, [fromHex(SLOTS[rng.below(SLOTS.length)]!)!]);
      expect(proof.account).toEqual(this.models[height]!.account(address));
    }
    for (const height of [lowest, lowest + rng.below(this.head - lowest + 1), this.head])
      await this.expectExact(height);
    for (const height of [lowest - 1, rng.below(Math.max(1, lowest))].filter((gone) => gone >= 0 && gone < lowest)) {
      const read = this.world.view(height).load([{ type: "account", address: ADDRESSES[0]! }]);
      await expect(read).rejects.toMatchObject({ code: "STATE_NOT_KEPT" });
      const proving = this.world.proof(height, fromHex(ADDRESSES[0]!)!, []);
      await expect(proving).rejects.toMatchObject({ code: "STATE_NOT_KEPT" });
    }
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
    for (let i = 0; i < 300; i++) await chain.commit();
    await chain.open(1);
    let kept = (await chain.keys(TABLES.stateRoots)).length;
    while (kept > 2) {
      await chain.commit();
      const now = (await chain.keys(TABLES.stateRoots)).length;
      // One came, 64 went.
      expect(kept - now).toBe(Math.min(63, kept - 2));
      kept = now;
    }
    await chain.expectExact(chain.head);
    expect(chain.log.lines.map(({ event, fields }) => ({ event, ...fields }))).toEqual([
      { event: "state-pruning", lowest: 64, remaining: 171 },
      { event: "state-pruning-done", lowest: 256 },
    ]);
    for (let i = 0; i < 2; i++) await chain.commit();
    expect((await chain.keys(TABLES.trieNodes)).sort()).toEqual(await chain.reachable());
  });

  it("of heights with many stale nodes goes on at least as fast as new ones come (SPEC 3.3)", async () => {
    const backend = createMemoryBackend();
    const stale = Array.from({ length: 40_000 }, (_, n) => nodeKey(0, EMPTY, new Uint8Array(64).fill(n % 16), 60));
    const open = () => TriePruner.open(backend);
    const row = (height: number) => ({
      table: TABLES.stateRoots,
      key: numberKey(height),
      row: 0,
      fields: [EMPTY, EMPTY],
    });
    for (let height = 0; height < 9; height++) {
      await backend.commit(height, [row(height), ...(height === 0 ? [] : staleRows(height, stale))]);
    }
    const freed = async (madeStale: number) => {
      const { ops, firstList } = await (await open()).plan(8, madeStale);
      return { nodes: ops.filter(({ table }) => table === TABLES.trieNodes).length, firstList };
    };
    const [slice, more] = [await freed(0), await freed(30_000)];
    expect(slice.firstList).toBe(1);
    expect(slice.nodes).toBeGreaterThanOrEqual(16_384);
    expect(slice.nodes).toBeLessThan(20_000);
    expect(more.nodes).toBeGreaterThanOrEqual(60_000);
    expect(more.nodes).toBeLessThan(64_000);
    const pruner = await open();
    let nodes = 0;
    for (let height = 9; nodes < 8 * stale.length; height++) {
      const change = await pruner.plan(8, 0);
      await backend.commit(height, change.ops);
      pruner.committed(change);
      const removed = change.ops.filter(({ table }) => table === TABLES.trieNodes).length;
      expect(removed).toBeGreaterThan(0);
      nodes += removed;
    }
    expect(nodes).toBe(8 * stale.length);
    expect((await pruner.plan(8, 0)).ops).toEqual([]);
  });

  it.each([1, 2, 3])("never takes what a kept height needs, whatever is set between starts, seed %i", async (seed) => {
    const chain = new Chain(seed + 100);
    const rng = createSeededRng(seed);
    let history: number | undefined;
    let lowest = 0;
    await chain.open();
    for (let start = 0; start < 6; start++) {
      const blocks = 1 + rng.below(20);
      for (let i = 0; i < blocks; i++) {
        await chain.commit();
        if (history !== undefined) lowest = Math.max(lowest, chain.head - history);
        expect(chain.world.lowest()).toBe(lowest);
      }
      await chain.expectKept(lowest, rng);
      // Rows only of kept heights, once nothing of a larger number is left to be worked off.
      const roots = await chain.keys(TABLES.stateRoots);
      expect(roots.at(0)).toBe(toHex(numberKey(lowest)));
      expect((await chain.keys(TABLES.trieNodes)).sort()).toEqual(await chain.reachable());
      history = [undefined, 1, 2, 1 + rng.below(9), 10 + rng.below(40)][rng.below(5)];
      await chain.open(history);
      if (history !== undefined) lowest = Math.max(lowest, chain.head - history);
      expect(chain.world.lowest()).toBe(lowest);
      await chain.expectKept(lowest, rng);
    }
  });

  it("is what a read is told that a commit overtakes, even before the state hears of the commit", async () => {
    const chain = new Chain(9);
    await chain.open(2);
    for (let i = 0; i < 8; i++) await chain.commit();
    await chain.open(2);
    const changes = new Map([[ADDRESSES[0]!, change({ nonce: 1n, balance: 1n, codeHash: suite.hash(EMPTY) })]]);
    const { batch } = await chain.world.commitment(8, chain.root, changes);
    // As a read sees it that found the root before.
    const nodes = batch.filter(({ table, fields }) => table === TABLES.trieNodes && fields === null);
    await createMemoryBackend({ disk: chain.disk }).commit(8, nodes);
    const alive = ADDRESSES.filter((address) => chain.models[5]!.account(address) !== null);
    const outcomes = alive.map((address) =>
      chain.world
        .view(5)
        .load([{ type: "account", address }])
        .then(
          () => "found",
          (error: { code: string }) => error.code,
        ),
    );
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["STATE_NOT_KEPT"]));
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
