import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fromHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { NodeFolder } from "../test/node-folder.ts";
import { RunningNode } from "../test/node-process.ts";
import { signedTransaction } from "../test/transactions.ts";
import { checkNode } from "./check/check-node.ts";
import { readNodeSetup } from "./node-setup.ts";
import { runStorage } from "./storage/run-storage.ts";

const [FIRST, SECOND] = ["1", "2"].map((digit) => `0${digit.repeat(63)}`);

/** A folder of a node that encrypts. */
async function sealedFolder(...groups: readonly string[]): Promise<NodeFolder> {
  const folder = await NodeFolder.make(...groups);
  encrypt(folder);
  return folder;
}

function encrypt(folder: NodeFolder): void {
  folder.set("config.ini", "enable", "true");
  folder.set("config.ini", "key_file", "conf/master.keys");
  giveKeys(folder, FIRST!);
}

function giveKeys(folder: NodeFolder, keys: string): void {
  folder.write("conf/master.keys", keys, 0o600);
}

async function commit(node: RunningNode, nonce: number, data: Uint8Array): Promise<string> {
  const raw = signedTransaction({ nonce, data, gas: 200_000n });
  const hash = await node.rpc<string>(1, "eth_sendRawTransaction", raw);
  expect(await node.receipt(1, hash)).toMatchObject({ status: "0x1" });
  return hash;
}

/** Files below the folder's data that have these bytes. */
function filesWith(folder: NodeFolder, bytes: Buffer): string[] {
  const data = folder.path("data");
  return readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(bytes));
}

/** What `--check` finds wrong. */
async function faults(folder: NodeFolder): Promise<string[]> {
  const findings = await checkNode(readNodeSetup(folder.config), Date.now());
  return findings.filter(({ state }) => state === "fault").map(({ text }) => text);
}

describe("a node that encrypts what it keeps", () => {
  const marker = Buffer.from(fromHex(`0x${"5ec2e7".repeat(21)}5e`)!);

  it("has nothing in clear on its disk, survives kill -9, and comes under a new master key by itself", async () => {
    const folder = await sealedFolder();
    const first = await RunningNode.start(folder);
    const hash = await commit(first, 0, marker);
    expect(filesWith(folder, marker)).toEqual([]);
    await first.run.kill("SIGKILL");
    expect(filesWith(folder, marker)).toEqual([]);

    giveKeys(folder, `2:${SECOND}\n1:${FIRST}\n`);
    const second = await RunningNode.start(folder);
    expect(await second.run.logged("encryption-rotation-started", 1)).toMatchObject({ to: 2, from: "1" });
    expect(await second.run.logged("encryption-rotated", 1)).toMatchObject({ to: 2, notNeeded: "1" });
    await commit(second, 1, marker);
    expect(await second.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });

    giveKeys(folder, `2:${SECOND}\n`);
    const third = await RunningNode.start(folder);
    const input = `0x${marker.toString("hex")}`;
    expect(await third.rpc(1, "eth_getTransactionByHash", hash)).toMatchObject({ input });
    expect(await third.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    const silent = { write: () => true };
    expect(await runStorage(["verify", "-c", folder.config], { out: silent, err: silent })).toBe(0);
    expect(filesWith(folder, marker)).toEqual([]);
    const said = [first, second, third].map(({ run }) => JSON.stringify(run.lines())).join();
    for (const key of [FIRST, SECOND]) expect(said).not.toContain(key!.slice(0, 40));
  });

  it("refuses a key that is wrong or missing and a store in clear, and changes nothing", async () => {
    const folder = await sealedFolder("1", "2");
    const first = await RunningNode.start(folder);
    await commit(first, 0, marker);
    expect(await first.run.kill("SIGTERM")).toMatchObject({ code: 0 });
    expect(await faults(folder)).toEqual([]);

    giveKeys(folder, SECOND!);
    expect(await faults(folder)).toEqual([1, 2].map(() => expect.stringMatching(/^STORAGE_KEY_WRONG: /)));
    const node = await RunningNode.start(folder);
    expect((await node.ready()).groups).toMatchObject(
      [1, 2].map((group) => ({ group, state: "halted", reason: expect.stringMatching(/^STORAGE_KEY_WRONG: /) })),
    );
    await node.run.kill("SIGKILL");
    giveKeys(folder, `2:${SECOND}`);
    expect((await faults(folder))[1]).toMatch(/^STORAGE_KEY_MISSING: /);
    folder.set("config.ini", "enable", "false");
    expect((await faults(folder))[0]).toMatch(/^STORAGE_KEY_MISSING: .*storage_security/);

    folder.set("config.ini", "enable", "true");
    giveKeys(folder, "not a key");
    expect(await faults(folder)).toContainEqual(expect.stringMatching(/key_file conf\/master.keys: line 1/));
    giveKeys(folder, FIRST!);
    expect(await faults(folder)).toEqual([]);
  });

  it("takes over what was in clear, once the store was copied", async () => {
    const folder = await NodeFolder.make();
    const clear = await RunningNode.start(folder);
    const hash = await commit(clear, 0, marker);
    expect(await clear.run.kill("SIGTERM")).toMatchObject({ code: 0 });
    expect(filesWith(folder, marker)).not.toEqual([]);
    encrypt(folder);
    expect((await faults(folder))[0]).toMatch(/^STORAGE_NOT_ENCRYPTED: .*storage copy/);
    const [state, sealed] = ["state", "sealed"].map((name) => folder.path(`data/group1/${name}`));
    const silent = { write: () => true };
    const copy = ["copy", "-c", folder.config, "--from-clear", "--to", `rocksdb:${sealed}`];
    expect(await runStorage(copy, { out: silent, err: silent })).toBe(0);
    rmSync(state!, { recursive: true });
    renameSync(sealed!, state!);
    const node = await RunningNode.start(folder);
    const input = `0x${marker.toString("hex")}`;
    expect(await node.rpc(1, "eth_getTransactionByHash", hash)).toMatchObject({ input });
    expect(await node.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    expect(filesWith(folder, marker)).toEqual([]);
  });

  it("leaves the files of a database server to that", async () => {
    const folder = await sealedFolder();
    folder.set("conf/group.1.ini", "type", "mysql");
    expect(() => readNodeSetup(folder.config)).toThrow(
      /\[storage\] type=mysql .* a database server encrypts its own files/,
    );
  });

  it("takes its keys from one place", async () => {
    const folder = await sealedFolder();
    folder.set("config.ini", "key_env", "FB_MASTERS");
    const allowed = /\[storage_security\] key_file=.* one of key_file, key_env and key_command/;
    expect(() => readNodeSetup(folder.config)).toThrow(allowed);
    folder.set("config.ini", "key_env", "");
    folder.set("config.ini", "key_file", `1:${FIRST}`);
    expect(() => readNodeSetup(folder.config)).toThrow("key_file=(hidden: it could be a key)");
  });
});
