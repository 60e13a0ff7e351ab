import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createEvm } from "@fb/evm";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { backupStore, copyStore, exportBlocks, importBlocks, restoreStore, verifyStore } from "../src/index.ts";
import { calm, genesisOf, makeChain, rowsOf, suite } from "./fixture.ts";

const JOB = fileURLToPath(new URL("./kill-job.ts", import.meta.url));
const genesis = genesisOf("mpt");
const evm = await createEvm({ suite });
let folder: string;
const at = (name: string) => join(folder, name);

/** A chain of some 12 MB, which is filled in several portions, in a store, a backup and a file of blocks. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fb-kill-"));
  const backend = await openRocksdb({ path: at("source") });
  await makeChain("mpt", { backend, historyBlocks: 0, more: 50, payloadBytes: 200_000 });
  await backupStore({ path: at("backup"), genesis }, { ...calm, backend });
  await exportBlocks({ path: at("blocks"), genesis }, { ...calm, backend });
  await backend.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a job in a process and kills that as soon as it says `line`. */
async function killAt(line: RegExp, ...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ["--conditions=fb-source", JOB, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr!.on("data", (data: Uint8Array) => (errors += String(data)));
  const closed = once(child, "close");
  for await (const said of createInterface({ input: child.stdout! })) if (line.test(said)) child.kill("SIGKILL");
  const [, signal] = await closed;
  expect(signal, errors).toBe("SIGKILL");
}

async function expectSame(target: string): Promise<void> {
  const [source, other] = [await openRocksdb({ path: at("source") }), await openRocksdb({ path: target })];
  expect((await verifyStore({ genesis, roots: "all" }, { ...calm, backend: other, suite })).first).toEqual([]);
  expect((await rowsOf(other)).length).toBe((await rowsOf(source)).length);
  await Promise.all([source.close(), other.close()]);
}

/** Nothing goes on from what a killed job left. */
async function expectIncomplete(target: string): Promise<void> {
  const backend = await openRocksdb({ path: target });
  expect(backend.height()).toBe(-1);
  await expect(backend.commit(0, [])).rejects.toMatchObject({ code: "STORAGE_INCOMPLETE" });
  await backend.close();
}

it("a restore that was killed is visible as such, and starts clean (SPEC 3.4)", async () => {
  const target = at("restored");
  await killAt(/^restore [5-9]\d{6}$/, "restore", at("backup"), target);
  await expectIncomplete(target);
  const backend = await openRocksdb({ path: target });
  const { verified } = await restoreStore({ path: at("backup"), genesis }, { ...calm, backend, suite });
  expect(verified.faults).toBe(0);
  await backend.close();
  await expectSame(target);
});

it("an import that was killed goes on where it was (SPEC 3.5)", async () => {
  const target = at("imported");
  let last = -1;
  for (const done of [3, 40]) {
    await killAt(new RegExp(`^import ${done}$`), "import", at("blocks"), target);
    const backend = await openRocksdb({ path: target });
    expect(backend.height()).toBeGreaterThanOrEqual(done);
    expect(backend.height()).toBeGreaterThan(last);
    last = backend.height();
    expect((await verifyStore({ genesis }, { ...calm, backend, suite })).first).toEqual([]);
    await backend.close();
  }
  const backend = await openRocksdb({ path: target });
  const options = { path: at("blocks"), genesis, historyBlocks: 0, keepBlocks: 0 };
  expect(await importBlocks(options, { ...calm, backend, suite, evm })).toEqual({ before: last, height: 57 });
  await backend.close();
  await expectSame(target);
});

it("a copy that was killed is visible as such, and starts clean (SPEC 3.6)", async () => {
  const target = at("copied");
  await killAt(/^copy \d+$/, "copy", at("source"), target);
  await expectIncomplete(target);
  const [source, backend] = [await openRocksdb({ path: at("source") }), await openRocksdb({ path: target })];
  expect(await copyStore(source, backend, calm)).toMatchObject({ height: 57 });
  await Promise.all([source.close(), backend.close()]);
  await expectSame(target);
});
