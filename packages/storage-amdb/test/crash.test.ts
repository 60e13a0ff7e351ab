import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { StorageBackend } from "@fb/types";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyNumber, numberKey, TABLES } from "../src/index.ts";
import { openRocksdb } from "../src/rocksdb/index.ts";
import { blockOf, SHARED_KEYS } from "./crash-block.ts";

const WRITER = fileURLToPath(new URL("./kill-writer.ts", import.meta.url));

/** Starts a writer, kills it with SIGKILL right after its `acks`-th acknowledgement and returns the last height acknowledged. */
async function writeAndKill(path: string, acks: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, ["--conditions=fb-source", WRITER, path], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr!.on("data", (data: Buffer) => (errors += data.toString()));
  const closed = once(child, "close");
  let last = -1;
  let count = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    // Lines that were in the pipe when the child died are acknowledgements too.
    last = Number(line);
    if (++count === acks) child.kill("SIGKILL");
  }
  const [, signal] = await closed;
  expect(signal, errors).toBe("SIGKILL");
  return last;
}

/** The rows must be those of one whole block: the backend's height. */
async function expectWholeBlock(backend: StorageBackend): Promise<void> {
  const height = backend.height();
  const rows = await backend.rowsMany(
    TABLES.code,
    Array.from({ length: SHARED_KEYS }, (_, i) => numberKey(i)),
  );
  expect(new Set(rows.map((some) => keyNumber(some[0]!.fields[0]!)))).toEqual(new Set([height]));
  const own: number[] = [];
  for await (const row of backend.scan(TABLES.config)) own.push(keyNumber(row.key));
  expect(own).toEqual([height]);
}

describe("rocksdb after a crash", () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "fb-crash-"));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  it("kill -9: the last acknowledged batch is there, and whole (SPEC 4.1)", async () => {
    let previous = -1;
    for (const acks of [1, 3, 17, 40]) {
      const acknowledged = await writeAndKill(path, acks);
      expect(acknowledged).toBeGreaterThan(previous);
      const backend = await openRocksdb({ path });
      // At most the one batch that was on its way may have arrived without its acknowledgement.
      expect(backend.height()).toBeGreaterThanOrEqual(acknowledged);
      expect(backend.height()).toBeLessThanOrEqual(acknowledged + 1);
      await expectWholeBlock(backend);
      previous = backend.height();
      await backend.close();
    }
  });

  it("a batch whose end did not reach the disk is absent as a whole (SPEC 4.1)", async () => {
    const backend = await openRocksdb({ path });
    for (const height of [0, 1, 2]) await backend.commit(height, blockOf(height));
    for (const cut of [1, 10_000, 60_000]) {
      const copy = `${path}-cut`;
      await cp(path, copy, { recursive: true });
      await rm(join(copy, "LOCK"), { force: true });
      const log = join(copy, (await readdir(copy)).filter((file) => file.endsWith(".log")).at(-1)!);
      await truncate(log, (await stat(log)).size - cut);
      const torn = await openRocksdb({ path: copy });
      expect(torn.height()).toBe(1);
      await expectWholeBlock(torn);
      await torn.commit(2, blockOf(2));
      await expectWholeBlock(torn);
      await torn.close();
      await rm(copy, { recursive: true });
    }
    await backend.close();
  });

  it("data of another format version is refused, unreadable data is corrupt (SPEC 2.4)", async () => {
    const { openDatabase } = await import("../src/rocksdb/binding.ts");
    const bytes = (text: string) => new TextEncoder().encode(text);
    const options = { cacheBytes: 1 << 20, writeBufferBytes: 1 << 20, maxOpenFiles: 100 };
    const first = await openRocksdb({ path });
    await first.commit(0, blockOf(0));
    await first.close();
    const tamper = async (key: Uint8Array, value: Uint8Array): Promise<void> => {
      const db = await openDatabase(path, options);
      await db.write([{ key, value }]);
      await db.close();
    };
    await tamper(bytes("_sys_config_\0\x00\x00\x00\x00\x00\x00\x00\x00\x08"), Uint8Array.of(3, 1));
    const backend = await openRocksdb({ path });
    await expect(backend.rows(TABLES.config, new Uint8Array(8))).rejects.toMatchObject({ code: "STORAGE_CORRUPT" });
    await backend.close();
    await tamper(bytes("\0height"), Uint8Array.of(1));
    await expect(openRocksdb({ path })).rejects.toMatchObject({ code: "STORAGE_CORRUPT" });
    await tamper(bytes("\0format"), Uint8Array.of(9));
    await expect(openRocksdb({ path })).rejects.toMatchObject({ code: "STORAGE_FORMAT" });
  });
});
