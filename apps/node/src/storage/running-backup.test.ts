import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { json } from "node:stream/consumers";
import type { FbBackup } from "@fb/api";
import type { Progress } from "@fb/maintenance";
import { FbError, type GroupId } from "@fb/types";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { freePort, NodeFolder } from "../../test/node-folder.ts";
import { RunningNode } from "../../test/node-process.ts";
import { type Outcome, storage, storeBlocks } from "../../test/storage-command.ts";
import { signedTransaction } from "../../test/transactions.ts";
import { runningBackup } from "./running-backup.ts";

/** So much in the store that it takes a while to write it. */
const FILLED = { blocks: 8, transactions: 30, bytes: 100_000 };

/** A node's folder with a store of some size. */
async function filledFolder(): Promise<NodeFolder> {
  const folder = await NodeFolder.make("1:pbft:mpt");
  // It has no journal, as nobody voted for these blocks.
  folder.set("conf/group.1.ini", "vote_without_journal", "true");
  folder.set("conf/group.1.ini", "min_block_generation_time", 0);
  const data = new Uint8Array(FILLED.bytes).fill(7);
  let nonce = 0;
  const block = () => Array.from({ length: FILLED.transactions }, () => ({ nonce: nonce++, data, gas: 6_000_000n }));
  await storeBlocks(folder, Array.from({ length: FILLED.blocks }, block));
  return folder;
}

/** Sends transactions until the test ends, each when the one before is in a block. */
function load(node: RunningNode, first: number): void {
  let isOver = false;
  onTestFinished(() => void (isOver = true));
  const send = async () => {
    for (let nonce = first; !isOver; nonce++) {
      const hash = await node.rpc<string>(1, "eth_sendRawTransaction", signedTransaction({ nonce }));
      await node.receipt(1, hash);
    }
  };
  // A node that was killed answers no more.
  send().catch(() => undefined);
}

async function ask(node: RunningNode, method: string, ...params: readonly unknown[]): Promise<FbBackup | null> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await (await fetch(node.operatorUrl, { method: "POST", headers, body })).json();
  return (answer as { result: FbBackup | null }).result;
}

const height = async (node: RunningNode) => Number(await node.rpc<string>(1, "eth_blockNumber"));

interface Written {
  readonly file: string;
  readonly height: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Writes backups until the node has made a block while it wrote one, and returns that. */
async function whileBlocksCome(node: RunningNode, backup: (attempt: number) => Promise<Outcome>): Promise<Written> {
  for (let attempt = 0; ; attempt++) {
    const writing = backup(attempt);
    let isOver = false;
    void writing.finally(() => (isOver = true));
    let highest = 0;
    while (!isOver) {
      const now = await height(node);
      if ((await ask(node, "fb_backupStatus", 1))?.state === "running") highest = now;
    }
    const { code, stdout, stderr } = await writing;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { file, ...written } = { ...(await ask(node, "fb_backupStatus", 1)), ...(JSON.parse(stdout) as object) };
    if (highest > written.height!) return { file, ...written } as Written;
  }
}

/** Puts a backup in the place of the store of a stopped node, and executes all its blocks to compare all rows. */
async function expectRestorable(folder: NodeFolder, file: string): Promise<void> {
  rmSync(folder.path("data/group1"), { recursive: true });
  mkdirSync(folder.path("data/group1"));
  expect(await storage("restore", "-c", folder.config, "--quiet", file)).toMatchObject({ code: 0, stderr: "" });
  const verified = await storage("verify", "-c", folder.config, "--quiet", "--roots=all", "--deep");
  expect(verified, verified.stdout).toMatchObject({ code: 0, stdout: expect.stringMatching(/^good: /) });
}

/** Begins backups until one is broken off by `stop`; returns its name. */
async function brokenOff(begin: (name: string) => Promise<unknown>, stop: (name: string) => Promise<boolean>) {
  for (let attempt = 0; ; attempt++) {
    const name = `broken${attempt}`;
    await begin(name);
    if (await stop(name)) return name;
  }
}

describe("a backup while the node runs", () => {
  it("is whole at one height while blocks go on, one at a time, and can be broken off", async () => {
    const folder = await filledFolder();
    const files = () => readdirSync(folder.path("backup/group1"));
    const backup = (name: string) =>
      storage("backup", "-c", folder.config, "--json", folder.path(`backup/group1/${name}`));
    let node = await RunningNode.start(folder);
    const begin = (name: string) => ask(node, "fb_backup", 1, name);
    load(node, FILLED.blocks * FILLED.transactions);

    const one = await whileBlocksCome(node, (attempt) => backup(`one${attempt}`));
    const { size, mode } = statSync(one.file);
    expect({ size, mode: mode & 0o777 }).toEqual({ size: one.bytes, mode: 0o600 });
    expect(await backup(basename(one.file))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^BACKUP_EXISTS/),
    });

    const stopped = await brokenOff(begin, async () => (await ask(node, "fb_stopBackup", 1))?.error !== null);
    expect(files()).not.toContain(stopped);
    expect(files().filter((name) => name.endsWith(".part"))).toEqual([]);

    const killed = await brokenOff(begin, async (name) => {
      await vi.waitFor(() => expect(files().join()).toContain(name), { interval: 1 });
      await node.run.kill("SIGKILL");
      const isHalf = files().includes(`${name}.part`);
      node = await RunningNode.start(folder);
      return isHalf;
    });
    expect(files()).not.toContain(killed);
    expect(await backup("after")).toMatchObject({ code: 0, stderr: "" });
    expect(files().filter((name) => name.endsWith(".part"))).toEqual([]);
    expect(await node.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });

    await expectRestorable(folder, one.file);
    const { height, rows } = one;
    expect(JSON.parse((await storage("stat", "-c", folder.config, "--json")).stdout)).toMatchObject({ height, rows });
  }, 60_000);

  it("is encrypted where the node encrypts", async () => {
    const folder = await NodeFolder.make();
    folder.set("config.ini", "enable", "true");
    folder.set("config.ini", "key_file", "conf/master.keys");
    folder.write("conf/master.keys", `0${"1".repeat(63)}`, 0o600);
    const node = await RunningNode.start(folder);
    const marker = Buffer.from("5ec2e7".repeat(21), "hex");
    const raw = signedTransaction({ nonce: 0, data: marker, gas: 200_000n });
    await node.receipt(1, await node.rpc<string>(1, "eth_sendRawTransaction", raw));
    const file = folder.path("backup/group1/sealed");
    expect(await storage("backup", "-c", folder.config, file)).toMatchObject({ code: 0, stderr: "" });
    expect(await node.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    const bytes = readFileSync(file);
    expect(bytes.subarray(0, 6).toString()).not.toBe("fbfile");
    expect(bytes.includes(marker)).toBe(false);
    await expectRestorable(folder, file);
  });

  it("is refused outside of its folder, and where the node cannot be asked", async () => {
    const folder = await NodeFolder.make();
    const node = await RunningNode.start(folder);
    const backup = (name: string) => storage("backup", "-c", folder.config, folder.path(name));
    for (const name of ["one", "backup/one", "backup/group1/deeper/one", "backup/group1/../one"]) {
      expect(await backup(name)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(folder.path("backup/group1")),
      });
    }
    expect(await backup("backup/group1/.one")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^BACKUP_NAME/),
    });
    const { ports } = folder.node;
    folder.write("config.ini", folder.read("config.ini").replaceAll(`listen_port=${ports.operator}`, "listen_port=0"));
    expect(await backup("backup/group1/one")).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^STORAGE_LOCKED: .*\[operator\]/),
    });
    expect(existsSync(folder.path("backup"))).toBe(false);
    expect(await node.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("asking the node that runs", () => {
  const RUNNING = { file: "/backup/one", state: "running", rows: 7, height: null, head: null, bytes: null } as const;
  const ended = { ...RUNNING, digest: null, error: { code: "BACKUP_STOPPED", message: "the operator stopped it" } };
  const locked = new FbError("STORAGE_LOCKED", "another process has it");

  /** Where a node answers with what is given, by method; and what it was asked. */
  async function operator(answers: Readonly<Record<string, object>>) {
    const asked: string[] = [];
    const server = createServer(async (request, response) => {
      const { method } = (await json(request)) as { method: string };
      asked.push(method);
      response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, ...answers[method] }));
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const operatorUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { asked, operatorUrl, groupId: 3 as GroupId, backupFolder: "/backup" };
  }

  it("has it break the backup off when the command is stopped", async () => {
    const node = await operator({
      fb_backup: { result: RUNNING },
      fb_backupStatus: { result: RUNNING },
      fb_stopBackup: { result: { ...ended, state: "failed" } },
    });
    const stop = new AbortController();
    const told: number[] = [];
    const onProgress = ({ done }: Progress) => {
      told.push(done);
      if (told.length === 3) stop.abort();
    };
    await expect(runningBackup("/backup/one", node, { onProgress, signal: stop.signal }, locked)).rejects.toThrow(
      "aborted",
    );
    expect(told).toEqual([7, 7, 7]);
    expect(node.asked).toEqual(["fb_backup", "fb_backupStatus", "fb_backupStatus", "fb_stopBackup"]);
  });

  it("says what the node refuses, how a backup failed, and that a restarted node has none", async () => {
    const job = { onProgress: () => undefined, signal: new AbortController().signal };
    const refusal = { code: -32000, message: "one is written", data: { code: "BACKUP_RUNNING" } };
    for (const [answers, code] of [
      [{ fb_backup: { error: refusal } }, "BACKUP_RUNNING"],
      [{ fb_backup: { result: { ...ended, state: "failed" } } }, "BACKUP_STOPPED"],
      [{ fb_backup: { result: RUNNING }, fb_backupStatus: { result: null } }, "BACKUP_STOPPED"],
    ] as const) {
      await expect(runningBackup("/backup/one", await operator(answers), job, locked)).rejects.toMatchObject({ code });
    }
    const nobody = {
      groupId: 3 as GroupId,
      backupFolder: "/backup",
      operatorUrl: `http://127.0.0.1:${await freePort()}`,
    };
    await expect(runningBackup("/backup/one", nobody, job, locked)).rejects.toMatchObject({ code: "STORAGE_LOCKED" });
  });
});
