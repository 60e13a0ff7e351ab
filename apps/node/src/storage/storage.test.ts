import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { numberKey, TABLES } from "@fb/storage-amdb";
import { describe, expect, it } from "vitest";
import { NodeFolder } from "../../test/node-folder.ts";
import { NodeRun } from "../../test/node-process.ts";
import { openStore, storage, storeBlocks } from "../../test/storage-command.ts";
import { readNodeSetup } from "../node-setup.ts";
import { ProgressLines, progressText } from "./progress-lines.ts";

/** A node's groups with a few blocks each, as if it had run and was stopped. */
async function stoppedNode(...groups: readonly string[]): Promise<NodeFolder> {
  const folder = await NodeFolder.make(...groups);
  await storeBlocks(folder, [[{ nonce: 0 }], []]);
  return folder;
}

describe("fb-node storage", () => {
  it("is a part of the program", async () => {
    const { code, stdout, stderr } = await new NodeRun("storage", "verify", "--help").exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("--roots <head|all>");
  });

  it("tells its commands", async () => {
    const overview = await storage("--help");
    expect(overview).toMatchObject({ code: 0, stderr: "" });
    expect(overview.stdout).toContain("\n  verify ");
    expect((await storage()).code).toBe(2);
  });

  it.each([
    [["mend"]],
    [["verify", "--nonsense"]],
    [["verify", "file"]],
    [["verify", "--config=/no/such/file"]],
    [["verify", "--config"]],
  ])("ends with 2 for %j", async (args) => {
    const { code, stderr, stdout } = await storage(...args);
    expect(code).toBe(2);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
  });

  it("looks at the store of a group that does not run", async () => {
    const folder = await stoppedNode("1", "2:pbft:mpt");
    for (const group of ["1", "2"]) {
      const good = await storage("verify", "-c", folder.config, "--group", group, "--json", "--roots", "all");
      expect(good, good.stdout).toMatchObject({ code: 0, stderr: "" });
      expect(JSON.parse(good.stdout)).toMatchObject({ height: 2, faults: 0, transactions: 1 });
      const stat = await storage("stat", "-c", folder.config, "--group", group);
      expect(stat).toMatchObject({ code: 0, stderr: "" });
      expect(stat.stdout).toMatch(/\n_sys_number_2_body_ +3 +\d+\n/);
    }
    const range = await storage("verify", "-c", folder.config, "-g", "2", "--from=1", "--to=2");
    expect(range.stdout).toBe("good: blocks 1 to 2, 1 transactions\n");
    expect(await storage("stat", "-c", folder.config)).toMatchObject({
      code: 2,
      stderr: "USAGE: name one of the groups 1, 2 with --group; see fb-node storage --help\n",
    });
    expect((await storage("verify", "-c", folder.config, "-g", "1", "--from=9")).code).toBe(2);
    expect((await storage("verify", "-c", folder.config, "-g", "1", "--from=-1")).code).toBe(2);
  });

  it("names what is wrong with a store, and ends with 1", async () => {
    const folder = await stoppedNode("1");
    const backend = await openStore(readNodeSetup(folder.config).groups[0]!);
    const op = { table: TABLES.numberToHash, key: numberKey(0), row: 0, fields: [new Uint8Array(32)] };
    await backend.commit(3, [op]);
    expect(await storage("verify", "-c", folder.config)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^STORAGE_LOCKED: /),
    });
    await backend.close();
    const bad = await storage("verify", "-c", folder.config);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain("ROW_DIFFERS _sys_number_2_hash_, key 0000000000000000, block 0: expected ");
    const [few, all] = [await storage("verify", "-c", folder.config, "--max=1"), bad.stdout.split("\n").length];
    expect(few.stdout).toContain(`... and ${all - 3} more\n`);
  });

  it("moves a store through a backup, a file of blocks, and to another folder", async () => {
    const folder = await stoppedNode("1:pbft:mpt");
    const run = (command: string, ...args: readonly string[]) => storage(command, "-c", folder.config, ...args);
    const good = async (command: string, ...args: readonly string[]) => {
      const outcome = await run(command, ...args);
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
      return outcome.stdout;
    };
    const stat = await good("stat", "--json");
    const data = folder.path("data/group1/state");
    expect(await good("backup", folder.path("backup"))).toMatch(/ rows, height 2, \d+ bytes\ndigest [0-9a-f]{64}\n$/);
    expect(await good("export", folder.path("blocks"))).toContain("blocks: blocks 1 to 2, ");
    expect(await good("copy", "--to", `rocksdb:${folder.path("copied")}`)).toContain("both stores are the same");
    expect(await run("backup", folder.path("backup"))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^EEXIST/),
    });
    expect(await run("restore", folder.path("backup"))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^STORE_NOT_EMPTY/),
    });
    for (const back of [
      () => good("restore", folder.path("backup")),
      () => good("import", folder.path("blocks")),
      () => good("copy", "--from", `rocksdb:${folder.path("copied")}`, "--to", `rocksdb:${data}`),
    ]) {
      rmSync(data, { recursive: true });
      await back();
      expect(await good("stat", "--json")).toBe(stat);
      expect(await good("verify", "--roots=all", "--deep")).toMatch(/^good: /);
    }
    expect(readdirSync(folder.path("data"))).toEqual(["group1"]);
  });

  it("refuses a file that is damaged, or none", async () => {
    const folder = await NodeFolder.make();
    const run = (command: string, ...args: readonly string[]) => storage(command, "-c", folder.config, ...args);
    writeFileSync(folder.path("damaged"), "fbfile\0\x01and then something else");
    for (const command of ["restore", "import"]) {
      expect(await run(command, folder.path("damaged"))).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^FILE_DAMAGED: .*damaged near byte 13/),
      });
      expect(await run(command, folder.path("nothing"))).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^ENOENT/),
      });
      expect((await run(command)).code).toBe(2);
    }
    expect((await run("copy")).stderr).toMatch(/^USAGE: copy needs --to/);
  });

  it("makes no store where there is none", async () => {
    const folder = await NodeFolder.make();
    const { code, stderr } = await storage("verify", "-c", folder.config);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^USAGE: there is no data in /);
    expect(existsSync(folder.path("data/group1/state"))).toBe(false);
  });
});

describe("progress", () => {
  it("tells rate and time left", () => {
    const blocks = { step: "blocks", unit: "blocks" } as const;
    expect(progressText({ ...blocks, done: 50, total: 200 }, 10)).toBe(
      "blocks: 50 of 200 blocks (25 %), 5/s, 30 s left",
    );
    expect(progressText({ ...blocks, done: 1, total: 40_000 }, 1)).toContain("12 h left");
    expect(progressText({ ...blocks, done: 0, total: 0 }, 0)).toBe("blocks: 0 of 0 blocks (100 %), 0/s");
    expect(progressText({ step: "rows", unit: "rows", done: 5000, total: null }, 2)).toBe("rows: 5000 rows, 2500/s");
  });

  it("writes a line each ten seconds where nobody watches, and replaces one where somebody does", () => {
    for (const [isTTY, expected] of [
      [false, 6],
      [true, 300],
    ] as const) {
      let now = 0;
      const written: string[] = [];
      const lines = new ProgressLines({ isTTY, write: (text) => written.push(text) }, () => now);
      for (let done = 0; now < 60_000; now += 100)
        lines.tell({ step: "rows", unit: "rows", done: done++, total: null });
      lines.end();
      expect(Math.abs(written.length - expected)).toBeLessThanOrEqual(1);
      expect(written.at(-1)!.endsWith("\n")).toBe(true);
    }
  });
});
