import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createKeyRing, envelopeMaster, groupKeys, type KeyRing, parseMasterKeys } from "@fb/runtime/encryption";
import { createFakeClock, createSeededRng } from "@fb/runtime/testing";
import { equalBytes, type RowOp, type StorageBackend } from "@fb/types";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyNumber, numberKey, TABLES } from "../src/index.ts";
import { openRocksdb, type RotationEvent } from "../src/rocksdb/index.ts";
import { blockOf, SHARED_KEYS } from "./crash-block.ts";

const WRITER = fileURLToPath(new URL("./rotation-writer.ts", import.meta.url));
const [FIRST, SECOND, THIRD] = ["11", "22", "33"].map((byte) => `00${byte.repeat(31)}`);
const BOTH = `2:${SECOND}\n1:${FIRST}`;
const ringOf = (masters: string): KeyRing =>
  createKeyRing(groupKeys(parseMasterKeys(masters), { chainId: 1, groupId: 1 }));

/** Rows that no later block touches. */
const KEPT = 1500;
const keptRows = (): RowOp[] =>
  Array.from({ length: KEPT }, (_, i) => ({
    table: TABLES.hashToNumber,
    key: numberKey(i),
    row: 0,
    fields: [createSeededRng(i).bytes(40)],
  }));

async function expectKept(backend: StorageBackend): Promise<void> {
  const wrong: number[] = [];
  let next = 0;
  for await (const { key, fields } of backend.scan(TABLES.hashToNumber)) {
    const isWhole = keyNumber(key) === next && equalBytes(fields[0]!, createSeededRng(next).bytes(40));
    if (!isWhole) wrong.push(next);
    next++;
  }
  expect([wrong, next]).toEqual([[], KEPT]);
}

describe("rotation of the master key (SPEC 5.4)", () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "fb-rotation-"));
    const backend = await openRocksdb({ path, keys: ringOf(FIRST!) });
    await backend.commit(0, [...keptRows(), ...blockOf(0)]);
    await backend.close();
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  function rotating(masters: string) {
    const clock = createFakeClock();
    const events: RotationEvent[] = [];
    const opened = openRocksdb({
      path,
      keys: ringOf(masters),
      rotation: { clock, report: (event) => events.push(event) },
    });
    const until = async (type: RotationEvent["type"]) => {
      while (!events.some((event) => event.type === type)) await clock.advanceAsync(1);
    };
    return { opened, events, until };
  }

  /** How many rows are under which key. */
  async function masters(): Promise<Map<number | null, number>> {
    const { openDatabase } = await import("../src/rocksdb/binding.ts");
    const options = { cacheBytes: 1 << 20, writeBufferBytes: 1 << 20, maxOpenFiles: 100, readOnly: true };
    const db = await openDatabase(path, options);
    const counts = new Map<number | null, number>();
    const iterator = db.iterate(Uint8Array.of(1), Uint8Array.of(0xff), false, -1);
    for (let page = await iterator.next(); page !== null; page = await iterator.next()) {
      for (const [, value] of page) {
        const master = envelopeMaster(value);
        counts.set(master, (counts.get(master) ?? 0) + 1);
      }
    }
    await iterator.end();
    await db.close();
    return counts;
  }

  it("puts every row under the newest key while blocks are committed, and then the old one is not needed", async () => {
    const { opened, events, until } = rotating(BOTH);
    const backend = await opened;
    const rotated = until("finished");
    for (let height = 1; height <= 20; height++) await backend.commit(height, blockOf(height));
    await rotated;
    expect(events.map(({ type }) => type)).toEqual(["started", "finished"]);
    expect(events.at(-1)).toMatchObject({ to: 2, from: [1] });
    await backend.close();
    expect(await masters()).toEqual(new Map([[2, KEPT + SHARED_KEYS + 1]]));
    const after = await openRocksdb({ path, keys: ringOf(`2:${SECOND}`) });
    expect(after.height()).toBe(20);
    await expectKept(after);
    await expectBlock(after);
    await after.close();
  });

  it("nothing is rewritten when all is under the newest key, and nothing without being asked to", async () => {
    const { opened, events } = rotating(FIRST!);
    await (await opened).close();
    const passive = await openRocksdb({ path, keys: ringOf(BOTH) });
    await passive.commit(1, blockOf(1));
    await passive.close();
    expect(events).toEqual([]);
    expect((await masters()).get(1)).toBe(KEPT);
    // Rows are under both keys now, and the store knows.
    await expect(openRocksdb({ path, keys: ringOf(`2:${SECOND}`) })).rejects.toMatchObject({
      code: "STORAGE_KEY_MISSING",
      fields: { masterId: 1 },
    });
  });

  it("goes on where it was when the store is closed in the middle, and begins anew for a still newer key", async () => {
    const first = rotating(BOTH);
    const backend = await first.opened;
    await backend.commit(1, blockOf(1));
    await backend.close();
    const between = await masters();
    expect(between.get(1)! + between.get(2)!).toBe(KEPT + SHARED_KEYS + 1);
    const third = rotating(`3:${THIRD}\n${BOTH}`);
    const again = await third.opened;
    await third.until("finished");
    expect(third.events.at(-1)).toMatchObject({ type: "finished", to: 3, from: [2, 1] });
    await expectKept(again);
    await again.close();
    expect(await masters()).toEqual(new Map([[3, KEPT + SHARED_KEYS + 1]]));
  });

  it("ends with an error at a damaged row, and commits go on", async () => {
    const { openDatabase } = await import("../src/rocksdb/binding.ts");
    const db = await openDatabase(path, { cacheBytes: 1 << 20, writeBufferBytes: 1 << 20, maxOpenFiles: 100 });
    const row = new TextEncoder().encode(`${TABLES.hashToNumber}\0\0\0\0\0\0\0\0\x05\x08`);
    expect(await db.get(row)).not.toBeNull();
    await db.write([{ key: row, value: Uint8Array.of(1, 2, 3) }]);
    await db.close();
    const { opened, events, until } = rotating(BOTH);
    const backend = await opened;
    await until("failed");
    expect(events.at(-1)).toMatchObject({ error: { code: "STORAGE_CORRUPT", fields: { table: TABLES.hashToNumber } } });
    await backend.commit(1, blockOf(1));
    await expectBlock(backend);
    await backend.close();
  });

  it("kill -9 at any moment: every row is whole and readable, and it ends in the end", async () => {
    const rng = createSeededRng(9);
    let acknowledged = 0;
    let finished = false;
    for (let round = 0; !finished; round++) {
      const child = spawn(process.execPath, ["--conditions=fb-source", WRITER, path, BOTH], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const closed = once(child, "close");
      // The last round goes to the end.
      const lines = round < 4 ? 1 + rng.below(12) : Number.POSITIVE_INFINITY;
      let seen = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        if (line === "finished") finished = true;
        else if (line !== "started") acknowledged = Number(line);
        if (++seen === lines || finished) child.kill("SIGKILL");
      }
      await closed;
      const backend = await openRocksdb({ path, keys: ringOf(BOTH) });
      expect(backend.height()).toBeGreaterThanOrEqual(acknowledged);
      await expectKept(backend);
      await expectBlock(backend);
      await backend.close();
    }
    const alone = await openRocksdb({ path, keys: ringOf(`2:${SECOND}`) });
    await expectKept(alone);
    await alone.close();
  });
});

/** The shared rows are those of the backend's height. */
async function expectBlock(backend: StorageBackend): Promise<void> {
  const keys = Array.from({ length: SHARED_KEYS }, (_, i) => numberKey(i));
  const rows = await backend.rowsMany(TABLES.code, keys);
  expect(new Set(rows.map((some) => keyNumber(some[0]!.fields[0]!)))).toEqual(new Set([backend.height()]));
}
