import { change, readAccount, readSlot } from "@fb/compliance/world-state";
import { createCryptoSuite } from "@fb/crypto";
import { keyNumber, numberKey, TABLES } from "@fb/storage-amdb";
import { createMemoryBackend, createMemoryDisk, type MemoryDisk } from "@fb/storage-amdb/memory";
import {
  bigTo32,
  EMPTY,
  type Hash,
  type Hex,
  type StateChanges,
  type StorageBackend,
  toHex,
  type WorldState,
  ZERO_HASH,
} from "@fb/types";
import { describe, expect, it } from "vitest";
import { createStorageState } from "../src/index.ts";
import { decodePreImages, preImageRows } from "../src/pre-image-rows.ts";

const suite = await createCryptoSuite();
const A = "aa".repeat(20);
const slotOf = (n: number): Hex => toHex(bigTo32(BigInt(n)));
const account = (nonce: number) => ({ nonce: BigInt(nonce), balance: 1n, codeHash: suite.hash(EMPTY) });

class Chain {
  readonly disk: MemoryDisk = createMemoryDisk();
  backend!: StorageBackend;
  world!: WorldState;
  #root: Hash = ZERO_HASH;

  /** @param preImageBytes 0 = memory keeps nothing of what blocks overwrote */
  async open(historyBlocks: number, preImageBytes = 1 << 20): Promise<void> {
    this.backend = createMemoryBackend({ disk: this.disk });
    this.world = await createStorageState({ backend: this.backend, suite, historyBlocks, preImageBytes });
  }

  get root(): Hash {
    return this.#root;
  }

  /** A block in which the account's nonce and slot 1 become its height, unless something else is given. */
  async commit(given?: StateChanges): Promise<void> {
    const height = this.backend.height() + 1;
    const own = new Map([[A, change(account(height + 1), [[slotOf(1), bigTo32(BigInt(height + 1))]])]]);
    const changes = given ?? own;
    const commitment = await this.world.commitment(height, this.#root, changes);
    await this.backend.commit(height, commitment.batch);
    this.world.committed(height, commitment, changes);
    this.#root = commitment.root;
  }

  async keptBlocks(): Promise<number[]> {
    const heights: number[] = [];
    for await (const { key } of this.backend.scan(TABLES.preImages)) heights.push(keyNumber(key));
    return heights;
  }
}

describe("history (SPEC 4)", () => {
  it("is on disk for exactly the blocks that lead back to its lowest height (SPEC 4.3)", async () => {
    const chain = new Chain();
    await chain.open(3);
    for (let i = 0; i < 10; i++) await chain.commit();
    expect(await chain.keptBlocks()).toEqual([7, 8, 9]);
  });

  it("of a block with several rows goes whole, also when another candidate or a restart came between", async () => {
    const chain = new Chain();
    await chain.open(2);
    const large = new Map([
      [
        A,
        change(
          account(1),
          Array.from({ length: 40_001 }, (_, n) => [slotOf(n), bigTo32(7n)]),
        ),
      ],
    ]);
    await chain.commit();
    await chain.commit(large);
    expect(await chain.keptBlocks()).toEqual([0, 1, 1]);
    await chain.commit();
    await chain.world.commitment(3, chain.root, large);
    await chain.commit();
    expect(await chain.keptBlocks()).toEqual([2, 3]);
    await chain.open(2);
    for (let i = 0; i < 2; i++) await chain.commit();
    expect(await chain.keptBlocks()).toEqual([4, 5]);
  });

  it("is read from disk where memory ends (SPEC 4.1)", async () => {
    const chain = new Chain();
    await chain.open(40, 0);
    for (let i = 0; i < 60; i++) await chain.commit();
    for (const height of [19, 20, 40, 58, 59]) {
      const view = chain.world.view(height);
      expect((await readAccount(view, A))!.nonce).toBe(BigInt(height + 1));
      expect(await readSlot(view, A, slotOf(1))).toEqual(bigTo32(BigInt(height + 1)));
    }
    await expect(readAccount(chain.world.view(18), A)).rejects.toMatchObject({ code: "STATE_NOT_KEPT" });
  });

  it("shrinks at once for readers and bit by bit on disk, and grows from where it is", async () => {
    const chain = new Chain();
    await chain.open(200);
    for (let i = 0; i < 150; i++) await chain.commit();
    await chain.open(2);
    await expect(readAccount(chain.world.view(146), A)).rejects.toMatchObject({ code: "STATE_NOT_KEPT" });
    expect((await readAccount(chain.world.view(147), A))!.nonce).toBe(148n);
    await chain.commit();
    expect(await chain.keptBlocks()).toHaveLength(150 + 1 - 64);
    for (let i = 0; i < 4; i++) await chain.commit();
    expect(await chain.keptBlocks()).toEqual([153, 154]);
    await chain.open(200);
    expect((await readAccount(chain.world.view(152), A))!.nonce).toBe(153n);
    await expect(readAccount(chain.world.view(151), A)).rejects.toMatchObject({ code: "STATE_NOT_KEPT" });
  });

  it("whose removal stopped in the middle of a block is not read any more when a larger number is set", async () => {
    const chain = new Chain();
    await chain.open(200, 0);
    for (let i = 0; i < 63; i++) await chain.commit();
    const slots = Array.from({ length: 40_001 }, (_, n): [Hex, Uint8Array] => [slotOf(n), bigTo32(7n)]);
    await chain.commit(new Map([[A, change(account(64), slots)]]));
    for (let i = 0; i < 5; i++) await chain.commit();
    await chain.open(1, 0);
    await chain.commit();
    // 64 rows went; the last of them was one of the two of block 63.
    expect((await chain.keptBlocks())[0]).toBe(63);
    await chain.open(200, 0);
    expect(chain.world.lowest()).toBe(63);
    const read = (height: number) => readSlot(chain.world.view(height), A, slotOf(7));
    await expect(read(62)).rejects.toMatchObject({ code: "STATE_NOT_KEPT" });
    expect(await read(63)).toEqual(bigTo32(7n));
  });

  it("is STATE_NOT_KEPT for a read that a commit overtakes, even before the state hears of the commit", async () => {
    const chain = new Chain();
    await chain.open(2, 0);
    for (let i = 0; i < 8; i++) await chain.commit();
    const { batch } = await chain.world.commitment(8, chain.root, new Map([[A, change(account(99))]]));
    const removals = batch.filter(({ table, fields }) => table === TABLES.preImages && fields === null);
    expect(removals).toHaveLength(1);
    await createMemoryBackend({ disk: chain.disk }).commit(8, removals);
    await expect(readAccount(chain.world.view(5), A)).rejects.toMatchObject({ code: "STATE_NOT_KEPT" });
  });

  it("that is damaged is noticed, never believed", async () => {
    const chain = new Chain();
    await chain.open(10, 0);
    for (let i = 0; i < 5; i++) await chain.commit();
    const { key, row, fields } = (await rowsOf(chain))[2]!;
    const cut = { table: TABLES.preImages, key, row, fields: [fields[0]!.slice(0, -1)] };
    await chain.backend.commit(5, [cut, { ...cut, key: numberKey(5), fields }]);
    await chain.open(10, 0);
    await expect(readAccount(chain.world.view(1), A)).rejects.toMatchObject({ code: "STORAGE_CORRUPT" });
  });
});

async function rowsOf({ backend }: Chain) {
  const rows = [];
  for await (const row of backend.scan(TABLES.preImages)) rows.push(row);
  return rows;
}

describe("rows of pre-images (SPEC 4.2)", () => {
  it("come back, also when an account has more slots than an entry and a block more bytes than a row", () => {
    const slots = new Map(
      Array.from({ length: 45_000 }, (_, n) => [slotOf(n), n % 5 === 0 ? ZERO_HASH : bigTo32(BigInt(n))]),
    );
    const others = Array.from({ length: 100 }, (_, n) => toHex(suite.hash(Uint8Array.of(n))).slice(24));
    const images = {
      accounts: new Map([
        [A, account(7)] as const,
        ...others.map((id, n) => [id, n % 2 === 0 ? null : account(n)] as const),
      ]),
      slots: new Map<Hex, ReadonlyMap<Hex, Uint8Array>>([
        [A, slots],
        [others[3]!, new Map([[slotOf(1), bigTo32(9n)]])],
      ]),
      cleared: new Set<Hex>(),
    };
    const rows = preImageRows(3, images);
    expect(rows.map(({ row }) => row)).toEqual(rows.map((_, i) => i + 1));
    expect(rows.length).toBeGreaterThan(1);
    const fields = rows.map((row) => row.fields![0]!);
    expect(Math.max(...fields.map(({ length }) => length))).toBeLessThan(2 << 20);
    expect(decodePreImages(fields, null)).toEqual(images);
    const only = decodePreImages(fields, new Set([Number.parseInt(others[3]!.slice(0, 8), 16)]));
    expect([...only.accounts.keys(), ...only.slots.keys()]).toEqual([others[3], others[3]]);
    expect(preImageRows(4, { accounts: new Map(), slots: new Map(), cleared: new Set() })).toHaveLength(1);
  });
});
