import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeBackend } from "../testing/backend-compliance.ts";
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

  it("reports a path that cannot be a directory", async () => {
    await expect(openRocksdb({ path: "/dev/null/x" })).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });
});
