import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildChain, devAccounts, parseTopology } from "@fb/build-chain";
import { freePorts, NodeProcess, rpcCall, until } from "@fb/local-chain";
import { ContractFactory, JsonRpcProvider, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";
import { compileToken } from "./support/contracts.ts";

const OUTSIDER = 4;

let chain: TestChain;
/** Address of a contract that exists in group 2 only. */
let secret: string;
beforeAll(async () => {
  chain = await createTestChain({
    topology: "127.0.0.1:4 agency1 1,2\n127.0.0.1:1 auditor 1:observer",
    groups: ["1:pbft:storage", "2:raft:mpt"],
  });
  const token = compileToken();
  for (const group of [1, 2]) {
    const provider = new JsonRpcProvider(chain.url(0, group), undefined, { pollingInterval: 50, cacheTimeout: -1 });
    // The account's nonce differs, so the two contracts have different addresses.
    const wallet = new Wallet(devAccounts()[group]!.privateKey, provider);
    const contract = await new ContractFactory(token.abi, token.bytecode, wallet).deploy([wallet.address], 1n);
    await contract.waitForDeployment();
    if (group === 2) secret = (await contract.getAddress()).toLowerCase();
    provider.destroy();
  }
});
afterAll(() => chain?.close());

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function raw(url: string, body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: response.status, text: await response.text() };
}

/** Codes of what keeps a node from serving a group. */
async function notReady(node: NodeProcess, group: number): Promise<string[]> {
  const answer = await fetch(`${node.operatorUrl}/ready`).then(
    (response) => response.json(),
    () => ({ groups: [] }),
  );
  const { groups } = answer as { groups: { group: number; notReady: { code: string }[] }[] };
  return groups.filter((one) => one.group === group).flatMap((one) => one.notReady.map(({ code }) => code));
}

/** Sum of a metric over its labels, as the node's /metrics shows it. */
async function metric(node: NodeProcess, name: string): Promise<number> {
  const text = await (await fetch(`${node.operatorUrl}/metrics`)).text();
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

describe("a node of group 1 only", () => {
  it("is admitted to the network and follows group 1", async () => {
    const { height } = await chain.level(1);
    expect(height).toBeGreaterThan(0);
    const peers = await rpcCall(chain.nodes[OUTSIDER]!.operatorUrl, "getPeers", [1]);
    expect(peers).toHaveLength(4);
  });

  it("denies that group 2 exists, in the same words as for a group that does not", async () => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber", params: [] });
    const two = await raw(chain.url(OUTSIDER, 2), body);
    expect(two).toEqual(await raw(chain.url(OUTSIDER, 777), body));
    expect(JSON.parse(two.text).error.message).toBeTruthy();
    const groups = await rpcCall(chain.nodes[OUTSIDER]!.operatorUrl, "fb_groups");
    expect(groups.map((group) => group.id)).toEqual([1]);
  });

  it("holds no byte of group 2 on disk", async () => {
    const needles = [
      Buffer.from(secret.slice(2), "hex"),
      Buffer.from(secret.slice(2), "utf8"),
      Buffer.from("group2"),
      Buffer.from("group.2"),
    ];
    const holders = (node: NodeProcess) =>
      filesBelow(node.folder).filter((file) => {
        const content = readFileSync(file);
        return needles.some((needle) => content.includes(needle)) || /group\.?2/.test(file.slice(node.folder.length));
      });
    expect(holders(chain.nodes[0]!).length).toBeGreaterThan(0);
    expect(holders(chain.nodes[OUTSIDER]!)).toEqual([]);
  });

  it("gets nothing when its operator tries all the same: refused and counted, like for a group that does not exist", async () => {
    const outsider = chain.nodes[OUTSIDER]!;
    await outsider.stop();
    const conf = (node: NodeProcess, name: string) => join(node.folder, "conf", name);
    cpSync(conf(chain.nodes[0]!, "group.2.genesis"), conf(outsider, "group.2.genesis"));
    const before = await metric(chain.nodes[0]!, "fb_p2p_channel_refused_total");
    outsider.start();
    expect(await until(async () => (await notReady(outsider, 2)).includes("NOT_A_MEMBER"), 30_000)).toBe(true);
    const refused = await until(
      async () => (await metric(chain.nodes[0]!, "fb_p2p_channel_refused_total")) > before,
      30_000,
    );
    expect(refused).toBe(true);
    expect(await chain.height(0, 2)).toBeGreaterThan(0);
    expect(await chain.height(OUTSIDER, 2)).toBe(0);
    expect(await rpcCall(chain.url(OUTSIDER, 2), "eth_getCode", [secret, "latest"])).toBe("0x");
    await outsider.stop();
    rmSync(conf(outsider, "group.2.genesis"));
    rmSync(join(outsider.folder, "data/group2"), { recursive: true });
    outsider.start();
    await outsider.ready();
    await chain.level(1);
  });
});

describe("a node with a certificate of a foreign CA", () => {
  it("is refused, and both sides say why", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fb-foreign-"));
    const rpc = await freePorts(3, 44_000);
    await buildChain({
      output: folder,
      chainId: 1,
      topology: parseTopology(`127.0.0.1:1 stranger 1 ${rpc + 1},${rpc},${rpc + 2}`),
      groups: [],
      ports: { p2p: rpc + 1, rpc, operator: rpc + 2 },
      dev: true,
      binary: "fb-node",
      timestamp: Date.now(),
      extend: false,
    });
    const stranger = new NodeProcess(join(folder, "nodes/127.0.0.1/node0"));
    const config = join(stranger.folder, "config.ini");
    const { writeFileSync } = await import("node:fs");
    const peer = `[p2p]\nnode.9=127.0.0.1:${chain.nodes[0]!.p2pPort}`;
    writeFileSync(config, readFileSync(config, "utf8").replace("[p2p]", peer));
    const from = existsSync(chain.nodes[0]!.logFile) ? statSync(chain.nodes[0]!.logFile).size : 0;
    try {
      stranger.start();
      await stranger.ready();
      const told = (node: NodeProcess, offset: number) =>
        readFileSync(node.logFile)
          .subarray(offset)
          .toString()
          .split("\n")
          .some((line) => /refused/.test(line) && /UNTRUSTED|ISSUER|untrusted|issuer/.test(line));
      expect(await until(() => told(stranger, 0) && told(chain.nodes[0]!, from), 20_000)).toBe(true);
      expect(await rpcCall(stranger.operatorUrl, "getPeers", [1])).toEqual([]);
    } finally {
      await stranger.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
