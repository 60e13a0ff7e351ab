import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyNumber, TABLES } from "@fb/storage-amdb";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import { STATE_TYPES, type TableRow } from "@fb/types";
import { describe, expect, it, onTestFinished } from "vitest";
import { statStore, verifyStore } from "../src/index.ts";
import { flipIn } from "./fault-cases.ts";
import { calm, genesisOf, makeChain, rowsOf, storeOf, suite } from "./fixture.ts";

describe.each(STATE_TYPES)("a store with state %s", (stateType) => {
  it("that a group made is good, on RocksDB too (SPEC 1.1)", async () => {
    const path = mkdtempSync(join(tmpdir(), "fb-verify-"));
    onTestFinished(() => rmSync(path, { recursive: true }));
    const backend = await openRocksdb({ path });
    const { genesis } = await makeChain(stateType, { backend });
    const report = await verifyStore({ genesis, roots: "all" }, { ...calm, backend, suite });
    expect(report.first).toEqual([]);
    expect(report).toMatchObject({ height: 10, blocks: 11, transactions: 15, faults: 0, stateType, stateHeights: 11 });
    const stats = await statStore({ ...calm, backend });
    expect(stats).toMatchObject({ height: 10, rows: report.rows, stateType, transactions: 15 });
    expect(stats.bytes).toBe(stats.tables.reduce((sum, { bytes }) => sum + bytes, 0));
    await backend.close();
  });

  it("that forgets old states is good (SPEC 1.1)", async () => {
    for (const historyBlocks of [1, 2, 5]) {
      const { genesis, backend } = await makeChain(stateType, { historyBlocks });
      const { first, stateHeights } = await verifyStore({ genesis, roots: "all" }, { ...calm, backend, suite });
      expect(first).toEqual([]);
      expect(stateHeights).toBe(stateType === "mpt" ? historyBlocks + 1 : historyBlocks);
    }
  });

  it("that gave up old blocks is looked at for what is left (SPEC 1.5)", async () => {
    const { genesis, backend } = await makeChain(stateType, { keepBlocks: 6 });
    const verify = async (rows: TableRow[]) =>
      verifyStore({ genesis }, { ...calm, backend: await storeOf(10, rows), suite });
    const pruned = await rowsOf(backend);
    expect(await verify(pruned)).toMatchObject({ faults: 0, lowestBlock: 4, transactions: 15 });
    const whole = await rowsOf((await makeChain(stateType)).backend);
    const isBody = ({ table, key }: TableRow) => table === TABLES.numberToBody && keyNumber(key) === 2;
    const { counts } = await verify([...pruned, whole.find(isBody)!]);
    expect(counts).toEqual({ ROW_UNEXPECTED: 1 });
    const list = pruned.findIndex(({ table, key }) => table === TABLES.numberToTxs && keyNumber(key) === 2);
    const { first } = await verify(flipIn(pruned, list, 0, 3));
    expect(first).toContainEqual(
      expect.objectContaining({ code: "ROOT_DIFFERS", table: TABLES.numberToTxs, height: 2 }),
    );
  });

  it("is looked at from one block to another (SPEC 1.4)", async () => {
    const { genesis, backend } = await makeChain(stateType);
    const range = { genesis, from: 3, to: 5 };
    expect(await verifyStore(range, { ...calm, backend, suite })).toMatchObject({ blocks: 3, faults: 0, rows: 0 });
    const rows = (await rowsOf(backend)).filter(({ table }) => table !== "_sys_certificates_");
    const damaged = await storeOf(10, rows);
    const report = await verifyStore(range, { ...calm, backend: damaged, suite });
    expect(report.first.map(({ height }) => height)).toEqual([3, 4, 5]);
    for (const wrong of [{ from: 11 }, { to: 11 }, { from: 5, to: 4 }]) {
      await expect(verifyStore({ genesis, ...wrong }, { ...calm, backend, suite })).rejects.toMatchObject({
        code: "RANGE_INVALID",
      });
    }
  });
});

describe("verify", () => {
  it("counts all faults and hands out the first (SPEC 1.3)", async () => {
    const { backend, genesis } = await makeChain("storage");
    const rows = (await rowsOf(backend)).filter(({ table }) => table !== "_sys_certificates_");
    const options = { genesis, maxFaults: 3 };
    const report = await verifyStore(options, { ...calm, backend: await storeOf(10, rows), suite });
    expect(report).toMatchObject({ faults: 10, counts: { ROW_MISSING: 10 } });
    expect(report.first).toHaveLength(3);
  });

  it("tells a store of another genesis (SPEC 1.2)", async () => {
    const { backend } = await makeChain("storage");
    const other = genesisOf("storage", { timestamp: 1_700_000_000_001 });
    const { first } = await verifyStore({ genesis: other }, { ...calm, backend, suite });
    expect(first[0]).toMatchObject({ code: "ROW_DIFFERS", found: "another genesis" });
    expect((await verifyStore({ genesis: null }, { ...calm, backend, suite })).faults).toBe(0);
  });

  it("refuses an empty store, and ends when it is told to", async () => {
    const empty = await storeOf(-1, []);
    const deps = { ...calm, backend: empty, suite };
    await expect(verifyStore({ genesis: null }, deps)).rejects.toMatchObject({ code: "STORE_EMPTY" });
    await expect(statStore(deps)).rejects.toMatchObject({ code: "STORE_EMPTY" });
    const { backend } = await makeChain("storage");
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    const stopped = verifyStore({ genesis: null }, { onProgress, signal: stop.signal, backend, suite });
    await expect(stopped).rejects.toThrow("abort");
  });
});
