import { fromHex } from "@fb/types";
import { Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT, KEY, rpc, startNode } from "./fixture.ts";

const HEAD = 8;
const UNKNOWN = `0x${"0".repeat(64)}`;
const wallet = new Wallet(KEY);

/** A node that keeps little: blocks 2 to 7 have a transaction each, only those from 5 on are whole. */
describe("what a node does not keep (SPEC 2.3)", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let url: string;
  /** Of the transactions, by block. */
  const hashes = new Map<number, string>();
  const quantity = (height: number) => `0x${height.toString(16)}`;

  beforeAll(async () => {
    const keeps = { keepBlocks: 3, historyBlocks: 4, autoMine: false, stateType: "mpt" } as const;
    node = await startNode({ submitWaitMs: 0 }, keeps);
    url = `${node.url}/group/1`;
    for (let height = 2; height < HEAD; height++) {
      const fields = { chainId: 65537, nonce: height - 2, gasLimit: 100_000, gasPrice: 1, to: ACCOUNT, value: 1 };
      const raw = await wallet.signTransaction(fields);
      hashes.set(height, (await rpc(url, "eth_sendRawTransaction", [raw])).result as never);
      await node.group.mine();
    }
    await node.group.mine();
    expect((await rpc(url, "eth_blockNumber")).result).toBe(quantity(HEAD));
  });
  afterAll(() => node.close());

  it("is an error of its own for every question about transactions, receipts and logs", async () => {
    const block = (await rpc(url, "eth_getBlockByNumber", ["0x4", false])).result as unknown as { hash: string };
    const questions: [string, unknown[]][] = [
      ["eth_getBlockByNumber", ["0x4", true]],
      ["eth_getBlockByHash", [block.hash, true]],
      ["eth_getBlockReceipts", ["0x4"]],
      ["eth_getTransactionByHash", [hashes.get(4)]],
      ["eth_getTransactionByBlockNumberAndIndex", ["0x4", "0x0"]],
      ["eth_getTransactionByBlockHashAndIndex", [block.hash, "0x0"]],
      ["eth_getTransactionReceipt", [hashes.get(4)]],
      ["eth_getLogs", [{ fromBlock: "0x4", toBlock: "0x8" }]],
      ["eth_getLogs", [{ fromBlock: "earliest" }]],
      ["eth_getLogs", [{ blockHash: block.hash }]],
      ["fb_getLogs", [{ fromBlock: "0x4" }, null]],
      ["fb_getReceipt", [hashes.get(4)]],
      ["getTransactionByHash", [1, hashes.get(4)]],
      ["getTransactionReceipt", [1, hashes.get(4)]],
      ["getBlockByNumber", [1, "4", true]],
    ];
    for (const [method, params] of questions) {
      const { error } = await rpc(url, method, params);
      expect(error, method).toMatchObject({ code: 4444, data: { code: "BLOCK_PRUNED", lowest: "0x5" } });
      expect(error!.message).toMatch(/^pruned history unavailable: of block \d this node keeps .* from block 5 on/);
    }
  });

  it("is told apart from what does not exist, and from what is there", async () => {
    const nothing: [string, unknown[]][] = [
      ["eth_getTransactionByHash", [UNKNOWN]],
      ["eth_getTransactionReceipt", [UNKNOWN]],
      ["eth_getTransactionByBlockNumberAndIndex", ["0x4", "0x1"]],
      ["eth_getBlockByNumber", ["0x99", true]],
    ];
    for (const [method, params] of nothing) expect((await rpc(url, method, params)).result, method).toBeNull();
    for (const height of [5, 6, 7]) {
      const receipt = (await rpc(url, "eth_getTransactionReceipt", [hashes.get(height)])).result;
      expect(receipt).toMatchObject({ blockNumber: quantity(height) });
    }
    expect((await rpc(url, "eth_getLogs", [{ fromBlock: "0x5" }])).result).toEqual([]);
  });

  it("does not take with it what every node has: headers, hashes and numbers of transactions", async () => {
    const block = (await rpc(url, "eth_getBlockByNumber", ["0x4", false])).result;
    expect(block).toMatchObject({ number: "0x4", transactions: [hashes.get(4)] });
    expect((await rpc(url, "eth_getBlockTransactionCountByNumber", ["0x4"])).result).toBe("0x1");
    expect((await rpc(url, "eth_feeHistory", ["0x8", "latest", []])).error).toBeUndefined();
    // Of blocks without transactions everything is known.
    expect((await rpc(url, "eth_getBlockByNumber", ["0x1", true])).result).toMatchObject({ transactions: [] });
    expect((await rpc(url, "eth_getBlockReceipts", ["0x1"])).result).toEqual([]);
    expect(await node.group.query.fates([fromHex(hashes.get(2)!)!, fromHex(UNKNOWN)!])).toEqual(["durable", "dropped"]);
  });

  it("is told by the status of the node", async () => {
    expect((await rpc(url, "getSyncStatus", [1])).result).toMatchObject({ lowestBlock: 5, lowestState: 4 });
  });

  it("is an error that names the lowest state, too", async () => {
    const questions: [string, unknown[]][] = [
      ["eth_getBalance", [ACCOUNT, "0x3"]],
      ["eth_call", [{ to: ACCOUNT }, "0x3"]],
      ["eth_getProof", [ACCOUNT, [], "0x3"]],
      ["eth_getTransactionCount", [ACCOUNT, "0x3"]],
    ];
    for (const [method, params] of questions) {
      const { error } = await rpc(url, method, params);
      expect(error, method).toMatchObject({ code: -32000, data: { code: "STATE_NOT_KEPT", lowest: "0x4" } });
      expect(error!.message).toContain("keeps states from block 4 on, not that of block 3");
    }
    expect((await rpc(url, "eth_getBalance", [ACCOUNT, "0x4"])).error).toBeUndefined();
  });
});
