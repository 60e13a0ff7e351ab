import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FbBackup } from "@fb/api";
import { createBlockMaker, testGenesis } from "@fb/ledger/testing";
import { createThreadShare, silentLogger } from "@fb/runtime";
import { createFakeClock } from "@fb/runtime/testing";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import { type GroupId, type NodeId, type StorageBackend, type TableRow, toHex } from "@fb/types";
import { nobleSuite } from "@fb/types/testing";
import { expect, it, onTestFinished, vi } from "vitest";
import { Backups } from "./backups.ts";

const KEY = new Uint8Array(32).fill(7);
const GENESIS = testGenesis({
  groupId: 1 as GroupId,
  chainId: 1,
  sealers: [toHex(nobleSuite.publicKey(KEY)) as NodeId],
});

/** Backups of a store of two blocks, whose rows are handed out once `go` was called. */
async function start() {
  const parent = mkdtempSync(join(tmpdir(), "fb-backups-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, "group1");
  const backend = createMemoryBackend();
  const blocks = await createBlockMaker({ genesis: GENESIS, backend, keys: [KEY] });
  await blocks.add();
  await blocks.close();
  const clock = createFakeClock();
  let free = 2 ** 40;
  let go = () => {};
  const maySend = new Promise<void>((resolve) => (go = resolve));
  const snapshot = async () => {
    const whole = await backend.snapshot();
    return { ...whole, rows: afterGate(whole.rows, maySend), close: () => whole.close() };
  };
  const gated: Pick<StorageBackend, "snapshot" | "rowsMany"> = {
    snapshot,
    rowsMany: (table, keys) => backend.rowsMany(table, keys),
  };
  const [lane] = createThreadShare({ sliceMs: 1, lanes: 1 });
  const backups = new Backups(folder, GENESIS, {
    backend: gated,
    keys: null,
    lane: lane!,
    clock,
    log: silentLogger,
    freeBytes: async () => free,
  });
  const ended = () =>
    vi.waitFor(async () => {
      const answer = await backups.answer({ type: "look" });
      const backup = answer.ok ? answer.backup! : null;
      expect(backup?.state).not.toBe("running");
      return backup as FbBackup;
    });
  return { backups, folder, clock, go, ended, setFree: (bytes: number) => (free = bytes) };
}

async function* afterGate(rows: AsyncIterable<TableRow>, gate: Promise<void>): AsyncIterable<TableRow> {
  await gate;
  for await (const row of rows) yield row;
}

it("writes one at a time, and never over a file", async () => {
  const { backups, folder, go, ended } = await start();
  expect(await backups.answer({ type: "look" })).toEqual({ ok: true, backup: null });
  const both = await Promise.all([
    backups.answer({ type: "start", name: "one" }),
    backups.answer({ type: "start", name: "two" }),
  ]);
  expect(both).toMatchObject([{ backup: { state: "running", rows: 0 } }, { ok: false, code: "BACKUP_RUNNING" }]);
  expect(existsSync(join(folder, "one"))).toBe(false);
  go();
  const done = await ended();
  expect(done).toMatchObject({ file: join(folder, "one"), state: "done", height: 1, error: null });
  expect(readdirSync(folder)).toEqual(["one"]);
  expect(await backups.answer({ type: "start", name: "one" })).toMatchObject({ ok: false, code: "BACKUP_EXISTS" });
  expect(await backups.answer({ type: "stop" })).toEqual({ ok: true, backup: done });
});

it("takes plain names only", async () => {
  const { backups, folder } = await start();
  for (const name of ["", ".", "..", "../x", "/x", "a/b", "a\\b", "a\0", ".hidden", "-x", "x.part", "x".repeat(129)]) {
    expect(await backups.answer({ type: "start", name })).toMatchObject({ ok: false, code: "BACKUP_NAME" });
  }
  expect(existsSync(folder)).toBe(false);
});

it("ends when the group stops, and begins none afterwards", async () => {
  const { backups, folder, go, ended } = await start();
  await backups.answer({ type: "start", name: "one" });
  const closing = backups.close();
  go();
  await closing;
  expect(await ended()).toMatchObject({ state: "failed", error: { code: "BACKUP_STOPPED" } });
  expect(readdirSync(folder)).toEqual([]);
  expect(await backups.answer({ type: "start", name: "two" })).toMatchObject({ ok: false, code: "GROUP_NOT_OPEN" });
});

it("leaves room on the disk for the node", async () => {
  const { backups, folder, clock, go, ended, setFree } = await start();
  setFree(2 ** 20);
  expect(await backups.answer({ type: "start", name: "one" })).toMatchObject({ ok: false, code: "BACKUP_NO_ROOM" });
  setFree(2 ** 40);
  await backups.answer({ type: "start", name: "one" });
  setFree(2 ** 20);
  await clock.advanceAsync(1000);
  go();
  expect(await ended()).toMatchObject({ state: "failed", error: { code: "BACKUP_NO_ROOM" } });
  expect(readdirSync(folder)).toEqual([]);
});

it("removes what a killed node left, and says why a folder cannot be used", async () => {
  const { backups, folder, go, ended } = await start();
  writeFileSync(folder, "");
  const refused = await backups.answer({ type: "start", name: "one" });
  expect(refused).toMatchObject({ ok: false, code: "BACKUP_FAILED", message: expect.stringContaining(folder) });
  rmSync(folder);
  await backups.answer({ type: "start", name: "one" });
  go();
  await ended();
  writeFileSync(join(folder, "two.part"), "half");
  await backups.answer({ type: "start", name: "three" });
  await ended();
  expect(readdirSync(folder).sort()).toEqual(["one", "three"]);
});
