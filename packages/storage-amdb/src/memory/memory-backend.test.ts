import { describeBackend } from "@fb/compliance/storage-backend";
import { describe, expect, it } from "vitest";
import { createMemoryBackend } from "./memory-backend.ts";
import { createMemoryDisk } from "./memory-disk.ts";

const TABLE = "u_accounts";
const key = Uint8Array.of(1);
const op = (value: number) => ({ table: TABLE, key, row: 1, fields: [Uint8Array.of(value)] });

describeBackend("memory", async () => {
  const disk = createMemoryDisk();
  return { open: async () => createMemoryBackend({ disk }), dispose: async () => undefined };
});

describe("memory disk", () => {
  it("forgets a batch that was not synced when the power went", async () => {
    const disk = createMemoryDisk();
    const backend = createMemoryBackend({ disk });
    await backend.commit(0, [op(0)]);
    disk.pauseSync();
    const lost = backend.commit(1, [op(1)]);
    disk.crash();
    await expect(lost).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    disk.resumeSync();
    const again = createMemoryBackend({ disk });
    expect(again.height()).toBe(0);
    expect((await again.rows(TABLE, key))[0]!.fields).toEqual([Uint8Array.of(0)]);
  });

  it("acknowledges and shows a batch only when it is synced", async () => {
    const disk = createMemoryDisk();
    const backend = createMemoryBackend({ disk });
    disk.pauseSync();
    const seen: string[] = [];
    const commit = backend.commit(0, [op(0)]).then(() => seen.push("acknowledged"));
    const read = backend.rows(TABLE, key).then((rows) => seen.push(`read ${rows.length}`));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    expect(backend.height()).toBe(-1);
    disk.resumeSync();
    await Promise.all([commit, read]);
    expect(seen.sort()).toEqual(["acknowledged", "read 0"]);
  });

  it("after a failed commit refuses the next ones until it is opened again", async () => {
    const disk = createMemoryDisk();
    const backend = createMemoryBackend({ disk });
    disk.failCommits("STORAGE_FULL");
    await expect(backend.commit(0, [op(0)])).rejects.toMatchObject({ code: "STORAGE_FULL" });
    disk.repair();
    await expect(backend.commit(0, [op(0)])).rejects.toMatchObject({ code: "STORAGE_FULL" });
    expect(await backend.rows(TABLE, key)).toEqual([]);
    await createMemoryBackend({ disk }).commit(0, [op(0)]);
  });
});
