import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NodeFolder } from "../test/node-folder.ts";
import { readNodeSetup } from "./node-setup.ts";

function problem(folder: NodeFolder): { code: string; message: string } {
  try {
    readNodeSetup(folder.config);
  } catch (error) {
    return error as { code: string; message: string } & Error;
  }
  throw new TypeError("nothing was wrong");
}

describe("reading a node's configuration", () => {
  it("reads what build-chain wrote", async () => {
    const folder = await NodeFolder.make("1", "2:raft:mpt");
    const setup = readNodeSetup(folder.config);
    expect(setup).toMatchObject({ name: "node0", folder: folder.node.folder });
    expect(setup.privateKey).toHaveLength(32);
    expect(
      setup.groups.map(({ genesis }) => [genesis.groupId, genesis.consensus.type, genesis.stateType, genesis.sealers]),
    ).toEqual([
      [1, "pbft", "storage", [folder.node.nodeId]],
      [2, "raft", "mpt", [folder.node.nodeId]],
    ]);
    expect(setup.groups[1]!.dataFolder).toBe(folder.path("data/group2"));
  });

  it("takes every default for a group without options", async () => {
    const folder = await NodeFolder.make();
    const before = readNodeSetup(folder.config).groups[0]!.options;
    rmSync(folder.path("conf/group.1.ini"));
    expect(readNodeSetup(folder.config).groups[0]!.options).toEqual(before);
  });

  it.each([
    ["config.ini", "jsonrpc_listen_port", "70000", "integer 1..65535"],
    ["conf/group.1.ini", "min_block_generation_time", "-1", "integer 0..10000"],
    ["conf/group.1.genesis", "consensus_type", "paxos", "pbft or raft"],
    ["conf/group.1.genesis", "node.0", "abc", "node id: 128 hex digits"],
    ["conf/group.1.genesis", "min_elect_time", "100", "integer 200..60000"],
  ])("names %s, the line, the key %s and what is allowed", async (file, key, value, allowed) => {
    const folder = await NodeFolder.make();
    folder.set(file, key, value);
    const { code, message } = problem(folder);
    expect(code).toBe("CONFIG_INVALID");
    const line = folder.lineOf(file, `${key}=`);
    expect(message).toMatch(`${folder.path(file)}:${line}: `);
    expect(message).toMatch(`${key}=${value} is not allowed; allowed: ${allowed}`);
  });

  it.each([
    ["config.ini", "--config"],
    ["conf/node.key", "[network_security]"],
    ["conf/node.crt", "[network_security]"],
    ["conf/ca.crt", "[network_security]"],
    ["conf", "does not exist"],
  ])("names the missing %s", async (name, fix) => {
    const folder = await NodeFolder.make();
    if (name === "conf") {
      folder.set("config.ini", "group_config_path", "groups/");
      name = "groups";
    } else rmSync(folder.path(name));
    const { code, message } = problem(folder);
    expect(code).toBe("CONFIG_MISSING");
    expect(message).toContain(`${folder.path(name)}`);
    expect(message).toContain(fix);
  });

  it("refuses a key that is no key, or of another curve", async () => {
    const folder = await NodeFolder.make();
    folder.write("conf/node.key", "hello");
    expect(problem(folder)).toMatchObject({ code: "KEY_INVALID" });
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    folder.write("conf/node.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const { code, message } = problem(folder);
    expect(code).toBe("KEY_INVALID");
    expect(message).toBe(`${folder.path("conf/node.key")} is not a secp256k1 key`);
  });

  it("refuses a second file of the same group", async () => {
    const folder = await NodeFolder.make();
    copyFileSync(folder.path("conf/group.1.genesis"), folder.path("conf/group.3.genesis"));
    const { code, message } = problem(folder);
    expect(code).toBe("CONFIG_INVALID");
    const line = folder.lineOf("conf/group.3.genesis", "id=");
    expect(message).toContain(`${folder.path("conf/group.3.genesis")}:${line}: [group] id=1 is not allowed`);
  });

  it("refuses to keep every height of a group on tables", async () => {
    const folder = await NodeFolder.make("1:pbft:storage", "2:raft:mpt");
    folder.set("conf/group.2.ini", "history_blocks", 0);
    expect(readNodeSetup(folder.config).groups[1]!.options.storage.historyBlocks).toBe(0);
    folder.set("conf/group.1.ini", "history_blocks", 0);
    const { code, message } = problem(folder);
    expect(code).toBe("CONFIG_INVALID");
    expect(message).toContain("history_blocks=0 is not allowed; allowed: 1 to 1000000");
  });

  it("refuses to keep so few blocks that no member could catch up from here", async () => {
    const folder = await NodeFolder.make();
    folder.set("conf/group.1.ini", "keep_blocks", 512);
    expect(readNodeSetup(folder.config).groups[0]!.options.storage.keepBlocks).toBe(512);
    folder.set("conf/group.1.ini", "keep_blocks", 511);
    const { code, message } = problem(folder);
    expect(code).toBe("CONFIG_INVALID");
    expect(message).toContain("[storage] keep_blocks=511 is not allowed; allowed: 0, or 512 and more");
  });

  it("runs without any group", async () => {
    const folder = await NodeFolder.make();
    mkdirSync(folder.path("groups"));
    folder.set("config.ini", "group_config_path", "groups/");
    expect(readNodeSetup(folder.config).groups).toEqual([]);
  });
});
