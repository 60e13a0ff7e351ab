import { readFileSync } from "node:fs";
import { devAccounts } from "@fb/build-chain";
import { type NodeProcess, rpcCall, until } from "@fb/local-chain";
import { Contract, JsonRpcProvider, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";

const CONSENSUS = `0x${"1003".padStart(40, "0")}`;
const NODES = [0, 1, 2, 3];
/** Within this a node knows that its links are gone. */
const BOUND_MS = 20_000;

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain({ topology: "127.0.0.1:4 agency1 1,2", groups: ["1:pbft:storage", "2:raft:mpt"] });
});
afterAll(() => chain?.close());

interface Ready {
  readonly status: number;
  readonly groups: readonly { readonly group: number; readonly notReady: readonly { readonly code: string }[] }[];
}

async function ready(node: NodeProcess): Promise<Ready> {
  const response = await fetch(`${node.operatorUrl}/ready`);
  return { status: response.status, ...((await response.json()) as Pick<Ready, "groups">) };
}

const codesOf = async (node: NodeProcess) =>
  (await ready(node)).groups.map(({ notReady }) => notReady.map(({ code }) => code).join());

async function metric(node: NodeProcess, line: string): Promise<string | undefined> {
  const text = await (await fetch(`${node.operatorUrl}/metrics`)).text();
  return text.split("\n").find((one) => one.startsWith(line));
}

describe("a node whose group cannot go on", () => {
  it("is not ready with the reason while a quorum is missing, and ready again when it is back", async () => {
    for (const node of chain.nodes) expect((await ready(node)).status).toBe(200);
    const [first, second, ...lost] = chain.nodes as [NodeProcess, NodeProcess, NodeProcess, NodeProcess];
    await Promise.all(lost.map((node) => node.kill()));
    for (const node of [first, second]) {
      const lostQuorum = async () => (await codesOf(node)).join(" ") === "QUORUM_UNREACHABLE QUORUM_UNREACHABLE";
      expect(await until(lostQuorum, BOUND_MS)).toBe(true);
      expect((await ready(node)).status).toBe(503);
      expect(await until(() => readFileSync(node.logFile, "utf8").includes("group-not-ready"), BOUND_MS)).toBe(true);
      expect(await metric(node, 'fb_ledger_ready{group="1"}')).toMatch(/ 0$/);
      expect(await rpcCall(`${node.rpcUrl}/group/1`, "eth_syncing")).not.toBe(false);
    }
    for (const node of lost) node.start();
    await Promise.all(chain.nodes.map((node) => node.ready()));
    expect(await until(async () => / 1$/.test((await metric(first, 'fb_ledger_ready{group="1"}'))!), 5_000)).toBe(true);
    expect(await rpcCall(chain.url(0, 1), "eth_syncing")).toBe(false);
  });

  it.each([1, 2])("answers so when it was removed from group %i", async (group) => {
    const removed = chain.nodes[3]!;
    const { NodeID } = await rpcCall(removed.operatorUrl, "getNodeInfo");
    const provider = new JsonRpcProvider(chain.url(0, group), undefined, { pollingInterval: 50, cacheTimeout: -1 });
    const wallet = new Wallet(devAccounts()[0]!.privateKey, provider);
    const contract = new Contract(CONSENSUS, ["function remove(string) returns (int256)"], wallet);
    await (await contract.getFunction("remove")(NodeID)).wait();
    provider.destroy();
    const codes = async () => (await codesOf(removed))[group - 1]!;
    expect(await until(async () => /NOT_A_MEMBER|QUORUM_UNREACHABLE/.test(await codes()), BOUND_MS)).toBe(true);
    expect(await codes()).toContain("NOT_A_MEMBER");
    expect((await ready(removed)).status).toBe(503);
    expect(await rpcCall(chain.url(3, group), "eth_syncing")).not.toBe(false);
    const [own] = await rpcCall(chain.url(3, group), "getConsensusStatus", [group]);
    expect(own.role).toBe("none");
    await expect(rpcCall(chain.url(3, group), "eth_sendRawTransaction", ["0x00"])).rejects.toThrow(/members/);
    for (const node of NODES.slice(0, 3)) expect((await codesOf(chain.nodes[node]!))[group - 1]).toBe("");
  });
});
