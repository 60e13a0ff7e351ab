import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { NodeFolder } from "../test/node-folder.ts";
import { FEW_DESCRIPTORS, RunningNode } from "../test/node-process.ts";
import { signedTransaction } from "../test/transactions.ts";

const commit = async (node: RunningNode, nonce: number) =>
  node.receipt(1, await node.rpc<string>(1, "eth_sendRawTransaction", signedTransaction({ nonce })));

describe("a node with few file descriptors", () => {
  it("says so, and its group goes on while clients hold all connections they can get", async () => {
    const node = await RunningNode.start(await NodeFolder.make("1", "2"), true);
    expect(node.run.lines().find(({ event }) => event === "few-descriptors")).toMatchObject({
      advice: expect.stringContaining(`${FEW_DESCRIPTORS} file descriptors`),
    });
    const sockets: Socket[] = [];
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let i = 0; i < 700; i++) {
      const socket = connect(Number(new URL(node.url).port), "127.0.0.1").on("error", () => {});
      sockets.push(socket);
      await Promise.race([once(socket, "connect"), once(socket, "close")]);
    }
    await commit(node, 0);
    await commit(node, 1);
    expect(await node.ready()).toMatchObject({ status: 200, groups: [{ state: "running" }, { state: "running" }] });
    expect(node.run.lines().filter(({ event }) => /halt|failed/.test(event))).toEqual([]);
    expect(await node.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("a node short of memory", () => {
  it("turns clients away, takes no transactions, says why, and goes on", async () => {
    const folder = await NodeFolder.make();
    // As little as no node gets by with.
    folder.set("config.ini", "memory_limit_mb", 100);
    const node = await RunningNode.start(folder);
    await node.run.logged("memory-short");
    expect((await node.ready()).status).toBe(503);
    for (const [method, ...params] of [
      ["eth_getBlockByNumber", "latest", true],
      ["eth_sendRawTransaction", signedTransaction({ nonce: 0 })],
    ] as const) {
      await expect(node.rpc(1, method, ...params)).rejects.toThrow("server busy, retry later");
    }
    expect((await fetch(`${node.url}/ready`)).status).toBe(503);
    // The operator sees it all, and the group lives.
    const asked = await fetch(`${node.operatorUrl}/ready`);
    expect(await asked.json()).toMatchObject({
      ok: false,
      memory: { level: 3, limitMb: 100 },
      groups: [{ state: "running", ready: true }],
    });
    expect(await (await fetch(`${node.operatorUrl}/metrics`)).text()).toMatch(/^fb_node_memory_level\{.*\} 3$/m);
    expect(await node.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
  });
});
