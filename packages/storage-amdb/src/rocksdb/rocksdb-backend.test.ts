import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeBackend } from "@fb/compliance/storage-backend";
import { describe, expect, it } from "vitest";
import { openRocksdb } from "./rocksdb-backend.ts";

describeBackend("rocksdb", async () => {
  const path = await mkdtemp(join(tmpdir(), "fb-rocksdb-"));
  return {
    open: () => openRocksdb({ path }),
    dispose: () => rm(path, { recursive: true, force: true }),
  };
});

describe("rocksdb", () => {
  it("refuses a directory that is open already", async () => {
    const path = await mkdtemp(join(tmpdir(), "fb-rocksdb-"));
    const first = await openRocksdb({ path });
    await expect(openRocksdb({ path })).rejects.toMatchObject({ code: "STORAGE_LOCKED" });
    await first.close();
    await (await openRocksdb({ path })).close();
    await rm(path, { recursive: true });
  });

  it("can be looked at while it is open, and is not changed by that", async () => {
    const path = await mkdtemp(join(tmpdir(), "fb-rocksdb-"));
    const writer = await openRocksdb({ path });
    await writer.commit(0, []);
    const reader = await openRocksdb({ path, readOnly: true });
    expect(reader.height()).toBe(0);
    await expect(reader.commit(1, [])).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    await reader.close();
    await writer.commit(1, []);
    await writer.close();
    await rm(path, { recursive: true });
    await expect(openRocksdb({ path, readOnly: true })).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    expect(existsSync(path)).toBe(false);
  });

  it("tells a lock that cannot be made from one that is held", async () => {
    const path = await mkdtemp(join(tmpdir(), "fb-rocksdb-"));
    await mkdir(join(path, "LOCK"));
    await expect(openRocksdb({ path })).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    await rm(path, { recursive: true });
  });

  it("reports a path that cannot be a directory", async () => {
    await expect(openRocksdb({ path: "/dev/null/x" })).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });
});
