import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeBackend } from "@fb/compliance/storage-backend";
import { createKeyRing, groupKeys, type KeyRing, parseMasterKeys } from "@fb/runtime/encryption";
import { createSeededRng } from "@fb/runtime/testing";
import { concatBytes, type RowOp, type StorageBackend } from "@fb/types";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeKey, tablePrefix } from "../row-codec.ts";
import { numberKey, TABLES } from "../system-tables.ts";
import { openDatabase } from "./binding.ts";
import { openRocksdb } from "./rocksdb-backend.ts";

const [FIRST, SECOND] = ["11", "22"].map((byte) => `00${byte.repeat(31)}`);
const ringOf = (masters: string, groupId = 1): KeyRing =>
  createKeyRing(groupKeys(parseMasterKeys(masters), { chainId: 1, groupId }));
const keys = ringOf(FIRST!);
const MIB = 1 << 20;

const codeRow = (number: number, value: Uint8Array): RowOp => ({
  table: TABLES.code,
  key: numberKey(number),
  row: 0,
  fields: [value],
});
const rowKey = (number: number) => encodeKey(tablePrefix(TABLES.code), numberKey(number));
const codeOf = async (backend: StorageBackend, number: number) =>
  (await backend.rows(TABLES.code, numberKey(number)))[0]?.fields[0];

describeBackend("encrypted rocksdb", async () => {
  const path = await mkdtemp(join(tmpdir(), "fb-sealed-"));
  return {
    open: () => openRocksdb({ path, keys }),
    dispose: () => rm(path, { recursive: true, force: true }),
  };
});

describe("an encrypted store", () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "fb-sealed-"));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  async function written(...ops: readonly RowOp[]): Promise<void> {
    const backend = await openRocksdb({ path, keys });
    await backend.commit(backend.height() + 1, ops);
    await backend.close();
  }

  /** Changes what is stored behind the backend's back. */
  async function tamper(change: (values: Map<number, Uint8Array>) => void, numbers: readonly number[]): Promise<void> {
    const db = await openDatabase(path, { cacheBytes: MIB, writeBufferBytes: MIB, maxOpenFiles: 100 });
    const values = new Map<number, Uint8Array>();
    for (const number of numbers) values.set(number, (await db.get(rowKey(number)))!);
    change(values);
    await db.write(Array.from(values, ([number, value]) => ({ key: rowKey(number), value })));
    await db.close();
  }

  async function expectCorrupt(number: number): Promise<void> {
    const backend = await openRocksdb({ path, keys });
    const failure = { code: "STORAGE_CORRUPT", fields: { table: TABLES.code } };
    await expect(codeOf(backend, number)).rejects.toMatchObject(failure);
    await expect(codeOf(backend, number)).rejects.toThrowError(Buffer.from(numberKey(number)).toString("hex"));
    const scan = async () => {
      for await (const _ of backend.scan(TABLES.code));
    };
    await expect(scan()).rejects.toMatchObject(failure);
    await backend.close();
  }

  it("has nothing of a value in clear in its files (SPEC 5.1)", async () => {
    const marker = Buffer.from(createSeededRng(64).bytes(64));
    const found = async (): Promise<boolean> => {
      const files = await readdir(path);
      const contents = await Promise.all(files.map((name) => readFile(join(path, name))));
      // Also parts of it: RocksDB leaves out what a key has in common with the one before.
      return contents.some(
        (content) => content.includes(marker.subarray(0, 16)) || content.includes(marker.subarray(48)),
      );
    };
    const plain = await openRocksdb({ path });
    await plain.commit(0, [codeRow(1, marker)]);
    expect(await found()).toBe(true);
    await plain.close();
    await rm(path, { recursive: true });

    const sealed = await openRocksdb({ path, keys, writeBufferBytes: 64 * 1024 });
    await sealed.commit(0, [codeRow(1, marker)]);
    expect(await found()).toBe(false);
    // Enough to be flushed from the log into tables.
    const rest = createSeededRng(1).bytes(1000);
    for (let height = 1; height < 20; height++) {
      await sealed.commit(
        height,
        Array.from({ length: 20 }, (_, i) => codeRow(height * 100 + i, rest)),
      );
    }
    await expect
      .poll(async () => (await readdir(path)).filter((name) => name.endsWith(".sst")).length)
      .toBeGreaterThan(0);
    expect(await codeOf(sealed, 1)).toEqual(new Uint8Array(marker));
    // While it is open it may delete files that are being looked at.
    await sealed.close();
    expect(await found()).toBe(false);
  });

  it("finds out a change of any byte of a value, and every cut (SPEC 5.1)", async () => {
    await written(codeRow(1, Uint8Array.of(1, 2, 3)));
    let length = 0;
    let good = new Uint8Array(0);
    await tamper(
      (values) => {
        good = values.get(1)!.slice();
        length = good.length;
      },
      [1],
    );
    const backend = await openRocksdb({ path, keys });
    await backend.close();
    for (let at = 0; at < length; at++) {
      await tamper(
        (values) => {
          const changed = good.slice();
          changed[at]! ^= 1;
          values.set(1, changed);
        },
        [1],
      );
      const changed = await openRocksdb({ path, keys });
      await expect(codeOf(changed, 1)).rejects.toMatchObject({ code: "STORAGE_CORRUPT" });
      await changed.close();
    }
    for (const value of [good.subarray(0, -1), new Uint8Array(0), concatBytes(good, Uint8Array.of(0))]) {
      await tamper((values) => values.set(1, value), [1]);
      await expectCorrupt(1);
    }
    await tamper((values) => values.set(1, good), [1]);
    const again = await openRocksdb({ path, keys });
    expect(await codeOf(again, 1)).toEqual(Uint8Array.of(1, 2, 3));
    await again.close();
  });

  it("finds out a value that belongs to another row (SPEC 5.1)", async () => {
    await written(codeRow(1, Uint8Array.of(1)), codeRow(2, Uint8Array.of(2)));
    await tamper(
      (values) => {
        const [one, two] = [values.get(1)!, values.get(2)!];
        values.set(1, two).set(2, one);
      },
      [1, 2],
    );
    await expectCorrupt(1);
    await expectCorrupt(2);
  });

  it("refuses keys that are missing, wrong or of another group, and stays as it is (SPEC 5.2, 5.3)", async () => {
    await written(codeRow(1, Uint8Array.of(1)));
    const before = await snapshot();
    await expect(openRocksdb({ path })).rejects.toMatchObject({ code: "STORAGE_KEY_MISSING", fields: { masterId: 1 } });
    await expect(openRocksdb({ path, keys: ringOf(`2:${SECOND}`) })).rejects.toMatchObject({
      code: "STORAGE_KEY_MISSING",
    });
    await expect(openRocksdb({ path, keys: ringOf(SECOND!) })).rejects.toMatchObject({ code: "STORAGE_KEY_WRONG" });
    await expect(openRocksdb({ path, keys: ringOf(FIRST!, 2) })).rejects.toMatchObject({ code: "STORAGE_KEY_WRONG" });
    await expect(openRocksdb({ path, readOnly: true })).rejects.toMatchObject({ code: "STORAGE_KEY_MISSING" });
    expect(await snapshot()).toEqual(before);
    const reader = await openRocksdb({ path, keys, readOnly: true });
    expect(await codeOf(reader, 1)).toEqual(Uint8Array.of(1));
    await reader.close();
  });

  it("a store in clear is no encrypted one, and says how it becomes one (SPEC 5.3)", async () => {
    const plain = await openRocksdb({ path });
    await plain.commit(0, [codeRow(1, Uint8Array.of(1))]);
    await plain.close();
    const refused = openRocksdb({ path, keys });
    await expect(refused).rejects.toMatchObject({ code: "STORAGE_NOT_ENCRYPTED" });
    await expect(refused).rejects.toThrowError(/storage copy/);
    const again = await openRocksdb({ path });
    expect(await codeOf(again, 1)).toEqual(Uint8Array.of(1));
    await again.close();
  });

  it("is filled from a store in clear, and that one from it (SPEC 5.3)", async () => {
    const ops = [codeRow(1, Uint8Array.of(1)), codeRow(2, Uint8Array.of(2))];
    const plain = await openRocksdb({ path });
    await plain.commit(0, ops);
    const sealed = await openRocksdb({ path: `${path}/sealed`, keys });
    await sealed.fill(0, (await plain.snapshot()).rows);
    await plain.close();
    await sealed.close();
    await expect(openRocksdb({ path: `${path}/sealed` })).rejects.toMatchObject({ code: "STORAGE_KEY_MISSING" });
    const again = await openRocksdb({ path: `${path}/sealed`, keys });
    const back = await openRocksdb({ path: `${path}/plain` });
    await back.fill(0, (await again.snapshot()).rows);
    for (const backend of [again, back]) {
      expect(await codeOf(backend, 2)).toEqual(Uint8Array.of(2));
      await backend.close();
    }
  });

  async function snapshot(): Promise<Map<string, Uint8Array>> {
    const db = await openDatabase(path, { cacheBytes: MIB, writeBufferBytes: MIB, maxOpenFiles: 100, readOnly: true });
    const all = new Map<string, Uint8Array>();
    const iterator = db.iterate(new Uint8Array(0), Uint8Array.of(0xff), false, -1);
    for (let page = await iterator.next(); page !== null; page = await iterator.next()) {
      for (const [key, value] of page) all.set(Buffer.from(key).toString("hex"), value.slice());
    }
    await iterator.end();
    await db.close();
    return all;
  }
});
