import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { floodWithReads } from "../test/flood.ts";
import { NodeFolder, occupiedPort } from "../test/node-folder.ts";
import { NodeRun, RunningNode } from "../test/node-process.ts";
import { signedTransaction } from "../test/transactions.ts";

async function commitTransfer(node: RunningNode, group: number, nonce: number): Promise<void> {
  const hash = await node.rpc<string>(group, "eth_sendRawTransaction", signedTransaction({ group, nonce }));
  expect(await node.receipt(group, hash)).toMatchObject({ status: "0x1" });
}

const headOf = async (node: RunningNode, group: number) => {
  const { number, hash } = await node.rpc<{ number: string; hash: string }>(
    group,
    "eth_getBlockByNumber",
    "latest",
    false,
  );
  return { number, hash };
};

describe("the command line", () => {
  it("tells help and version", async () => {
    const [help, version] = await Promise.all([new NodeRun("--help").exited, new NodeRun("-v").exited]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("--check");
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(version).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
  });

  it.each([[["--nonsense"]], [["start"]], [["--config"]], [["--config=/no/such/file"]]])(
    "ends with 2 for %j",
    async (args) => {
      const { code, stderr, stdout } = await new NodeRun(...args).exited;
      expect(code).toBe(2);
      expect(stderr).not.toContain("    at ");
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stdout).toBe("");
    },
  );

  it("checks a configuration without starting anything", async () => {
    const folder = await NodeFolder.make("1", "2:raft:mpt");
    const check = () => new NodeRun("--check", "-c", folder.config).exited;
    const good = await check();
    expect(good).toMatchObject({ code: 0, stderr: "" });
    expect(good.stdout).toContain("ok    group 2: raft, mpt; the genesis names this node a sealer\n");
    expect(good.stdout).toMatch(/\nconfiguration is good, 0 warnings; groups: 1, 2\n$/);
    folder.set("conf/group.2.genesis", "chain_id", 2);
    const { code, stderr } = await check();
    expect(code).toBe(2);
    const line = folder.lineOf("conf/group.2.genesis", "chain_id=");
    expect(stderr).toMatch(/^CONFIG_INVALID: /);
    expect(stderr).toContain(`group.2.genesis:${line}: [group] chain_id=2 is not allowed`);
  });
});

describe("a node that cannot start", () => {
  it.each([
    ["RPC", "jsonrpc_listen_port"],
    ["p2p", "listen_port"],
  ])("ends with 3 and names the %s port that is taken", async (_what, key) => {
    const folder = await NodeFolder.make();
    const port = await occupiedPort();
    folder.set("config.ini", key, port);
    const { code, stderr } = await new NodeRun("-c", folder.config).exited;
    expect(stderr).toMatch(/^(RPC_)?LISTEN_FAILED: /);
    expect(stderr).toContain(String(port));
    expect(code).toBe(3);
  });

  it("ends with 2 and names the certificate that does not fit", async () => {
    const [folder, other] = [await NodeFolder.make(), await NodeFolder.make()];
    folder.write("conf/node.crt", other.read("conf/node.crt"));
    const { code, stderr } = await new NodeRun("-c", folder.config).exited;
    expect(stderr).toMatch(/^CERTIFICATE_INVALID: /);
    expect(code).toBe(2);
  });
});

describe("a running node", () => {
  it("keeps everything when it is told to stop, and when it is killed", async () => {
    const folder = await NodeFolder.make("1", "2:raft:mpt");
    // Heads are compared, so nothing may follow the transactions.
    for (const group of [1, 2]) folder.set(`conf/group.${group}.ini`, "settle_blocks", 0);
    const first = await RunningNode.start(folder);
    expect(await first.ready()).toMatchObject({ status: 200, groups: [{ state: "running" }, { state: "running" }] });
    await Promise.all([commitTransfer(first, 1, 0), commitTransfer(first, 2, 0)]);
    const heads = await Promise.all([headOf(first, 1), headOf(first, 2)]);
    expect(await first.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    const stopped = first.run.lines().filter(({ event }) => event === "group-stopped");
    expect(stopped.map(({ group }) => group).sort()).toEqual([1, 2]);
    expect(first.run.lines().at(-1)).toMatchObject({ event: "node-stopped" });

    const second = await RunningNode.start(folder);
    expect(await Promise.all([headOf(second, 1), headOf(second, 2)])).toEqual(heads);
    await Promise.all([commitTransfer(second, 1, 1), commitTransfer(second, 2, 1)]);
    const later = await Promise.all([headOf(second, 1), headOf(second, 2)]);
    expect(await second.run.kill("SIGKILL")).toMatchObject({ code: null, signal: "SIGKILL" });

    const third = await RunningNode.start(folder);
    expect(await Promise.all([headOf(third, 1), headOf(third, 2)])).toEqual(later);
    await Promise.all([commitTransfer(third, 1, 2), commitTransfer(third, 2, 2)]);
    expect(await third.rpc(1, "eth_getBalance", `0x${"b0".repeat(20)}`, "latest")).toBe("0x3");
    expect(await third.run.kill("SIGINT")).toMatchObject({ code: 0 });
  });

  it("halts groups that cannot be opened, and serves the others", async () => {
    const folder = await NodeFolder.make("1", "2", "3");
    const before = await RunningNode.start(folder);
    expect(await before.run.kill("SIGTERM")).toMatchObject({ code: 0 });

    folder.set("conf/group.2.genesis", "timestamp", 1_700_000_000_001);
    const check = await new NodeRun("--check", "-c", folder.config).exited;
    expect(check).toMatchObject({ code: 2, stderr: "" });
    expect(check.stdout).toMatch(/^ok {4}group 1: data of this genesis, \d+ blocks$/m);
    expect(check.stdout).toMatch(/^fault group 2: GENESIS_MISMATCH: .*different: timestamp\).*\n {6}-> \S/m);
    cpSync(folder.path("data/group1/journal"), folder.path("data/group3/journal"), { recursive: true });
    const node = await RunningNode.start(folder);
    const { status, groups } = await node.ready();
    expect(status).toBe(503);
    expect(groups).toMatchObject([
      { group: 1, state: "running", reason: null },
      { group: 2, state: "halted", reason: expect.stringMatching(/^GENESIS_MISMATCH: /) },
      { group: 3, state: "halted", reason: expect.stringMatching(/^JOURNAL_FOREIGN: /) },
    ]);
    await commitTransfer(node, 1, 0);
    for (const group of [2, 3]) await expect(node.rpc(group, "eth_blockNumber")).rejects.toThrow();
    expect(await node.run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    expect(node.run.lines().some(({ event }) => event === "group-stop-timeout")).toBe(false);
  });

  it("stops within 10 s while the disk of a group hangs and clients flood it", async () => {
    const folder = await NodeFolder.make("1", "2");
    mkdirSync(folder.path("data/group2/journal"), { recursive: true });
    // Whoever opens it waits for somebody at the other end, in a thread that nothing can interrupt.
    execFileSync("sh", ["-c", 'mkfifo "$0"', folder.path("data/group2/journal/journal-0000000001.log")]);
    const run = new NodeRun("-c", folder.config);
    await run.logged("group-started", 1);
    const flood = floodWithReads(folder.node.ports.rpc);
    await flood.answered;
    const since = performance.now();
    const { signal, stderr } = await run.kill("SIGTERM");
    expect(performance.now() - since).toBeLessThan(10_000);
    flood.end();
    // Nothing else ends a process with a thread that hangs.
    expect({ signal, stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
    const told = run.lines().map(({ event, group }) => `${event} ${group}`);
    expect(told).toContain("group-stop-timeout 2");
    expect(told).toContain("group-stopped 1");
    expect(run.lines().at(-1)).toMatchObject({ event: "node-stopped", hanging: 1 });
  });

  it.each<[string, number | undefined]>([
    ["rpc-listening", undefined],
    ["node-started", undefined],
    ["genesis-committed", 1],
  ])("stops while it is still starting, after %s", async (event, group) => {
    const folder = await NodeFolder.make();
    const run = new NodeRun("-c", folder.config);
    await run.logged(event, group);
    expect(await run.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    expect(run.lines().map((line) => line.event)).not.toContain("group-stop-timeout");
    expect(run.lines().at(-1)).toMatchObject({ event: "node-stopped" });
  });
});
