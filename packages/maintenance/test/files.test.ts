import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEvm } from "@fb/evm";
import { createKeyRing, groupKeys } from "@fb/runtime/encryption";
import { createMemoryBackend } from "@fb/storage-amdb/memory";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import { STATE_TYPES, type StorageBackend, toHex } from "@fb/types";
import { describe, expect, it, onTestFinished } from "vitest";
import { backupStore, copyStore, exportBlocks, importBlocks, restoreStore, verifyStore } from "../src/index.ts";
import { calm, genesisOf, makeChain, rowsOf, storeOf, suite } from "./fixture.ts";

const evm = await createEvm({ suite });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fb-files-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const deps = (backend: StorageBackend) => ({ ...calm, backend, suite, evm });
const ALL = { historyBlocks: 256, keepBlocks: 0 };

describe.each(STATE_TYPES)("a store with state %s", (stateType) => {
  it("is the same after backup and restore, from memory to RocksDB (SPEC 3.4)", async () => {
    const { genesis, backend } = await makeChain(stateType);
    const path = join(folder(), "backup");
    const written = await backupStore({ path, genesis }, deps(backend));
    expect(written).toMatchObject({ height: 10, bytes: readFileSync(path).length });
    const target = await openRocksdb({ path: join(folder(), "state") });
    const restored = await restoreStore({ path, genesis }, deps(target));
    expect(restored).toMatchObject({ height: 10, rows: written.rows, verified: { faults: 0, blocks: 11 } });
    expect(await rowsOf(target)).toEqual(await rowsOf(backend));
    await expect(restoreStore({ path, genesis }, deps(target))).rejects.toMatchObject({ code: "STORE_NOT_EMPTY" });
    await expect(backupStore({ path, genesis }, deps(backend))).rejects.toMatchObject({ code: "EEXIST" });
    await target.close();
  });

  it("is the same when its blocks are exported and imported, in pieces too (SPEC 3.5)", async () => {
    const { genesis, backend } = await makeChain(stateType);
    const place = folder();
    const file = (name: string) => join(place, name);
    await exportBlocks({ path: file("all"), genesis }, deps(backend));
    await exportBlocks({ path: file("first"), genesis, to: 4 }, deps(backend));
    await exportBlocks({ path: file("rest"), genesis, from: 3 }, deps(backend));
    const whole = createMemoryBackend();
    expect(await importBlocks({ path: file("all"), genesis, ...ALL }, deps(whole))).toEqual({ before: -1, height: 10 });
    const pieces = createMemoryBackend();
    const early = importBlocks({ path: file("rest"), genesis, ...ALL }, deps(pieces));
    await expect(early).rejects.toMatchObject({ code: "BLOCK_REFUSED" });
    expect(pieces.height()).toBe(-1);
    for (const name of ["first", "rest", "all"])
      await importBlocks({ path: file(name), genesis, ...ALL }, deps(pieces));
    for (const other of [whole, pieces]) expect(await rowsOf(other)).toEqual(await rowsOf(backend));
  });

  it("is the same in another backend, and proven to be (SPEC 3.6)", async () => {
    const { backend } = await makeChain(stateType);
    const target = await openRocksdb({ path: join(folder(), "state") });
    expect(await copyStore(backend, target, calm)).toEqual({ height: 10, rows: (await rowsOf(backend)).length });
    await expect(copyStore(backend, target, calm)).rejects.toMatchObject({ code: "STORE_NOT_EMPTY" });
    await expect(copyStore(createMemoryBackend(), target, calm)).rejects.toMatchObject({ code: "STORE_EMPTY" });
    const forgetful: StorageBackend = createMemoryBackend();
    const { fill } = forgetful;
    forgetful.fill = (height, rows) =>
      fill.call(
        forgetful,
        height,
        (async function* () {
          for await (const row of rows) if (row.table !== "_sys_code_") yield row;
        })(),
      );
    await expect(copyStore(backend, forgetful, calm)).rejects.toMatchObject({ code: "COPY_DIFFERS" });
    await target.close();
  });
});

describe("a file", () => {
  const made = async () => {
    const { genesis, backend } = await makeChain("storage");
    const place = folder();
    const paths = { backup: join(place, "backup"), blocks: join(place, "blocks") };
    await backupStore({ path: paths.backup, genesis }, deps(backend));
    await exportBlocks({ path: paths.blocks, genesis }, deps(backend));
    return { genesis, backend, paths };
  };

  it("that is cut, altered or longer anywhere is refused, and nothing is written (SPEC 3.2)", async () => {
    const { genesis, paths } = await made();
    for (const kind of ["backup", "blocks"] as const) {
      const whole = readFileSync(paths[kind]);
      const refused = async (bytes: Uint8Array) => {
        writeFileSync(paths[kind], bytes);
        const target = createMemoryBackend();
        const job =
          kind === "backup"
            ? restoreStore({ path: paths.backup, genesis }, deps(target))
            : importBlocks({ path: paths.blocks, genesis, ...ALL }, deps(target));
        await expect(job).rejects.toMatchObject({ code: expect.stringMatching(/^FILE_(DAMAGED|FORMAT)$/) });
        expect(target.height()).toBe(-1);
        await target.commit(0, []);
      };
      for (let at = 0; at < whole.length; at += 97) {
        await refused(whole.subarray(0, at));
        await refused(Uint8Array.from(whole).fill(whole[at]! ^ 0x10, at, at + 1));
      }
      await refused(Buffer.concat([whole, Uint8Array.of(0)]));
    }
  });

  it("of another group, genesis, kind or version is refused by name (SPEC 3.3)", async () => {
    const { genesis, paths } = await made();
    const other = genesisOf("storage", { timestamp: genesis.timestamp + 1 });
    const group2 = genesisOf("storage", { groupId: 2 as typeof genesis.groupId });
    for (const foreign of [other, group2]) {
      const target = createMemoryBackend();
      const restore = restoreStore({ path: paths.backup, genesis: foreign }, deps(target));
      await expect(restore).rejects.toMatchObject({ code: "FILE_FOREIGN" });
      const imported = importBlocks({ path: paths.blocks, genesis: foreign, ...ALL }, deps(target));
      await expect(imported).rejects.toMatchObject({ code: "FILE_FOREIGN" });
      expect(target.height()).toBe(-1);
    }
    const target = createMemoryBackend();
    const asBackup = restoreStore({ path: paths.blocks, genesis }, deps(target));
    await expect(asBackup).rejects.toMatchObject({ code: "FILE_FORMAT", message: expect.stringContaining("import") });
    const asBlocks = importBlocks({ path: paths.backup, genesis, ...ALL }, deps(target));
    await expect(asBlocks).rejects.toMatchObject({ code: "FILE_FORMAT", message: expect.stringContaining("restore") });
    const newer = readFileSync(paths.backup);
    newer[7] = 9;
    writeFileSync(paths.backup, newer);
    const restore = restoreStore({ path: paths.backup, genesis }, deps(target));
    await expect(restore).rejects.toMatchObject({ code: "FILE_FORMAT", message: expect.stringContaining("version 9") });
  });

  it("with a block whose certificate is not valid is refused there, and the blocks before it stay (SPEC 3.5)", async () => {
    const { genesis, backend } = await made();
    const rows = await rowsOf(backend);
    const own = rows.filter(({ table }) => table === "_sys_certificates_");
    const swapped = rows.map((row) => (row === own[4] ? { ...row, fields: own[5]!.fields } : row));
    const path = join(folder(), "blocks");
    await exportBlocks({ path, genesis }, deps(await storeOf(10, swapped)));
    const target = createMemoryBackend();
    await expect(importBlocks({ path, genesis, ...ALL }, deps(target))).rejects.toMatchObject({
      code: "BLOCK_REFUSED",
      fields: { number: 5, code: "CERTIFICATE_SIGNATURE" },
    });
    expect(target.height()).toBe(4);
    expect((await verifyStore({ genesis }, deps(target))).faults).toBe(0);
  });

  it("is encrypted on demand, and read only with its key (SPEC 3.7)", async () => {
    const { genesis, backend } = await makeChain("storage");
    const ring = (id: number) => {
      const key = { id, key: new Uint8Array(32).fill(id) };
      return createKeyRing(groupKeys([key], genesis));
    };
    const keys = ring(1);
    const place = folder();
    const paths = { backup: join(place, "backup"), blocks: join(place, "blocks"), clear: join(place, "clear") };
    await backupStore({ path: paths.backup, genesis, keys }, deps(backend));
    await exportBlocks({ path: paths.blocks, genesis, keys }, deps(backend));
    await backupStore({ path: paths.clear, genesis }, deps(backend));
    const bytes = readFileSync(paths.backup);
    expect(bytes.includes("block_gas_limit")).toBe(false);
    for (const [wrong, code] of [
      [null, "FILE_ENCRYPTED"],
      [ring(2), "KEY_MISSING"],
    ] as const) {
      const target = createMemoryBackend();
      const restored = restoreStore({ path: paths.backup, genesis, keys: wrong }, deps(target));
      await expect(restored).rejects.toMatchObject({ code });
      const imported = importBlocks({ path: paths.blocks, genesis, keys: wrong, ...ALL }, deps(target));
      await expect(imported).rejects.toMatchObject({ code });
    }
    for (const path of [paths.backup, paths.clear]) {
      const target = createMemoryBackend();
      await restoreStore({ path, genesis, keys }, deps(target));
      expect(await rowsOf(target)).toEqual(await rowsOf(backend));
    }
    const target = createMemoryBackend();
    await importBlocks({ path: paths.blocks, genesis, keys, ...ALL }, deps(target));
    expect(target.height()).toBe(10);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(paths.backup, bytes);
    const damaged = restoreStore({ path: paths.backup, genesis, keys }, deps(createMemoryBackend()));
    await expect(damaged).rejects.toMatchObject({ code: "STREAM_DAMAGED" });
  });

  it("is the same each time, and is not there when it was broken off (SPEC 3.1)", async () => {
    const { genesis, backend } = await makeChain("storage");
    const place = folder();
    const first = await backupStore({ path: join(place, "a"), genesis }, deps(backend));
    const second = await backupStore({ path: join(place, "b"), genesis }, deps(backend));
    expect(toHex(second.digest)).toBe(toHex(first.digest));
    const stop = new AbortController();
    const job = { ...deps(backend), signal: stop.signal, onProgress: () => stop.abort() };
    const path = join(place, "c");
    await expect(exportBlocks({ path, genesis }, job)).rejects.toThrow("abort");
    for (const name of [path, `${path}.part`]) expect(() => readFileSync(name)).toThrow("ENOENT");
  });
});
