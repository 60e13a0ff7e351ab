import { suite } from "@fb/ledger/testing";
import { addressOf, fromHex } from "@fb/types";
import { hexlify, Interface, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT, type Answer, COUNTER, KEY, postJson, rpc, startNode } from "./fixture.ts";
import { sendGroupTransaction } from "./group-transaction.ts";

const OTHER = `0x${"ee".repeat(20)}`;
const SYSTEM_CONFIG = `0x${"0".repeat(36)}1000`;
const wallet = new Wallet(KEY);

/** A chain that is the same in every run: fixed time, fixed keys, deterministic signatures. */
describe("formats", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let url: string;
  const hashes: Record<string, string> = {};
  const send = async (name: string, raw: string) => {
    hashes[name] = (await rpc(url, "eth_sendRawTransaction", [raw])).result as never;
  };
  const sign = (nonce: number, fields: object) =>
    wallet.signTransaction({ chainId: 65537, nonce, gasLimit: 300_000, to: OTHER, value: 5, ...fields });

  beforeAll(async () => {
    node = await startNode({ operator: true, submitWaitMs: 0 }, { autoMine: false, startsAt: 1_800_000_000_500 });
    url = `${node.url}/group/1`;
    await send("legacy", await sign(0, { type: 0, gasPrice: 7 }));
    const accessList = [{ address: OTHER, storageKeys: [`0x${"03".repeat(32)}`] }];
    await send("accessList", await sign(1, { type: 1, gasPrice: 7, accessList }));
    await send("dynamic", await sign(2, { type: 2, maxFeePerGas: 9, maxPriorityFeePerGas: 2 }));
    const data = `${COUNTER.bytecode}${"00".repeat(31)}2a`;
    await send("create", await sign(3, { type: 0, gasPrice: 0, to: null, value: 0, data, gasLimit: 1_000_000 }));
    hashes["group"] = (await sendGroupTransaction(url, node.group)).hash;
    await node.group.mine();
    const address = (await receipt("create"))["contractAddress"];
    await send("set", await sign(4, { type: 0, gasPrice: 0, to: address, value: 0, data: call(9n) }));
    await send("revert", await sign(5, { type: 0, gasPrice: 0, to: address, value: 0, data: call(13n) }));
    await node.group.mine();
  });
  afterAll(() => node.close());

  const call = (value: bigint) => `0x60fe47b1${value.toString(16).padStart(64, "0")}`;
  const receipt = async (name: string) =>
    (await rpc(url, "eth_getTransactionReceipt", [hashes[name]])).result as unknown as Record<string, string>;
  const transaction = async (name: string) => (await rpc(url, "eth_getTransactionByHash", [hashes[name]])).result;

  it("shows every kind of transaction (SPEC 4.2)", async () => {
    for (const name of Object.keys(hashes)) {
      expect(await transaction(name)).toMatchSnapshot(name);
    }
  });

  it("shows receipts and logs (SPEC 4.3)", async () => {
    for (const name of Object.keys(hashes)) expect(await receipt(name)).toMatchSnapshot(name);
    const logs = (await rpc(url, "eth_getLogs", [{ fromBlock: "0x0" }])).result;
    expect(logs).toHaveLength(1);
    expect(logs).toEqual((await receipt("set"))["logs"]);
  });

  it("shows blocks (SPEC 4.1)", async () => {
    const { result } = await rpc(url, "eth_getBlockByNumber", ["0x2", false]);
    const block = result as unknown as Record<string, unknown>;
    const { header, hash } = (await node.group.read.block(2))!;
    expect(block).toMatchObject({
      hash: hexlify(hash),
      miner: hexlify(addressOf(suite, fromHex(node.group.nodeId)!)),
      difficulty: "0x0",
      nonce: "0x0000000000000000",
      mixHash: hexlify(suite.hash(header.parentHash)),
      baseFeePerGas: "0x0",
      uncles: [],
      timestamp: "0x6b49d201",
      timestampMs: `0x${(1_800_000_001_500).toString(16)}`,
      transactions: ["legacy", "accessList", "dynamic", "create", "group"].map((name) => hashes[name]),
    });
    expect(block).toMatchSnapshot();
    const full = (await rpc(url, "eth_getBlockByHash", [block["hash"], true])).result as unknown as typeof block;
    expect((full["transactions"] as unknown[])[4]).toEqual(await transaction("group"));
    expect(full["transactions"]).toHaveLength(5);
  });

  it("finds the same things by every door", async () => {
    const { result: block } = await rpc(url, "eth_getBlockByNumber", ["0x3", true]);
    const { hash } = block as unknown as { hash: string };
    expect((await rpc(url, "eth_getBlockByHash", [hash, true])).result).toEqual(block);
    for (const [method, ref] of [
      ["eth_getTransactionByBlockNumberAndIndex", "0x3"],
      ["eth_getTransactionByBlockHashAndIndex", hash],
    ] as const) {
      expect((await rpc(url, method, [ref, "0x1"])).result).toEqual(await transaction("revert"));
      expect((await rpc(url, method, [ref, "0x7"])).result).toBeNull();
    }
    const receipts = (await rpc(url, "eth_getBlockReceipts", ["0x3"])).result;
    expect(receipts).toEqual([await receipt("set"), await receipt("revert")]);
    expect((await rpc(url, "eth_getBlockTransactionCountByNumber", ["0x3"])).result).toBe("0x2");
    expect((await rpc(url, "eth_getBlockTransactionCountByHash", [hash])).result).toBe("0x2");
    expect((await rpc(url, "eth_getUncleCountByBlockHash", [hash])).result).toBe("0x0");
    for (const method of [
      "eth_getBlockReceipts",
      "eth_getBlockTransactionCountByNumber",
      "eth_getUncleCountByBlockNumber",
    ]) {
      expect((await rpc(url, method, ["0x99"])).result).toBeNull();
    }
    expect((await rpc(url, "eth_getTransactionByHash", [`0x${"0".repeat(64)}`])).result).toBeNull();
    expect((await rpc(url, "eth_getTransactionReceipt", [`0x${"0".repeat(64)}`])).result).toBeNull();
  });

  it("shows a waiting transaction without a place (SPEC 3.1)", async () => {
    const raw = await sign(6, { type: 2, maxFeePerGas: 9, maxPriorityFeePerGas: 2 });
    await send("waiting", raw);
    expect(await transaction("waiting")).toMatchObject({ blockHash: null, transactionIndex: null, gasPrice: "0x9" });
    expect((await rpc(url, "eth_getTransactionCount", [ACCOUNT, "pending"])).result).toBe("0x7");
    expect((await rpc(url, "eth_getTransactionCount", [ACCOUNT, "latest"])).result).toBe("0x6");
    expect((await rpc(url, "txpool_status")).result).toEqual({ pending: "0x1", queued: "0x0" });
    expect((await rpc(url, "eth_sendRawTransaction", [raw])).error).toEqual({
      code: -32000,
      message: "already known: this transaction waits in the pool",
      data: { code: "ALREADY_KNOWN", status: 10000 },
    });
  });

  it("reports reverts as other Ethereum nodes do", async () => {
    const to = (await receipt("create"))["contractAddress"];
    const { error } = await rpc(url, "eth_call", [{ to, data: call(13n) }]);
    expect(error).toMatchObject({ code: 3, message: "execution reverted: unlucky" });
    expect((await receipt("revert"))["revertReason"]).toBe(error!.data);
    expect((await rpc(url, "eth_estimateGas", [{ to, data: call(13n) }])).error).toEqual(error);
    const gas = await rpc(url, "eth_call", [{ to, data: call(1n), gas: "0x5300" }]);
    expect(gas.error).toMatchObject({ code: -32000, data: { code: "outOfGas" } });
  });

  it("answers the small questions (SPEC 4.4)", async () => {
    const answers: [string, unknown[], unknown][] = [
      ["eth_chainId", [], "0x10001"],
      ["net_version", [], "65537"],
      ["net_listening", [], true],
      ["net_peerCount", [], "0x0"],
      ["eth_blockNumber", [], "0x3"],
      ["eth_syncing", [], false],
      ["eth_accounts", [], []],
      ["eth_mining", [], false],
      ["eth_hashrate", [], "0x0"],
      ["eth_gasPrice", [], "0x0"],
      ["eth_maxPriorityFeePerGas", [], "0x0"],
      ["web3_clientVersion", [], "fb/0.1.0/test/node"],
      ["web3_sha3", ["0x"], hexlify(suite.hash(fromHex("")!))],
    ];
    for (const [method, params, expected] of answers) {
      expect((await rpc(url, method, params)).result, method).toEqual(expected);
    }
    expect((await rpc(url, "eth_getProof", [ACCOUNT, [], "latest"])).error?.data).toEqual({
      code: "PROOF_UNSUPPORTED",
    });
    expect((await rpc(url, "eth_getBalance", [ACCOUNT, "0x99"])).error?.data).toEqual({ code: "BLOCK_NOT_FOUND" });
  });

  it("answers under the names of the 2.x line (SPEC 6.1, 6.2)", async () => {
    const hash = hexlify((await node.group.read.block(3))!.hash);
    expect((await rpc(node.url, "getBlockByNumber", ["1", "0x3", true])).result).toMatchSnapshot("block");
    expect((await rpc(node.url, "getBlockByHash", [1, hash, false])).result).toMatchSnapshot("block by hash");
    expect((await rpc(node.url, "getTransactionByHash", [1, hashes["group"]])).result).toMatchSnapshot("transaction");
    expect((await rpc(node.url, "getTransactionReceipt", [1, hashes["revert"]])).result).toMatchSnapshot("receipt");
    for (const method of ["getConsensusStatus", "getSyncStatus", "getSealerList", "getObserverList", "getNodeIDList"]) {
      expect((await rpc(node.url, method, [1])).result).toMatchSnapshot(method);
    }
    for (const method of ["getGroupPeers", "getTotalTransactionCount", "getPendingTxSize", "getPbftView", "getPeers"]) {
      expect((await rpc(node.url, method, [1])).result).toMatchSnapshot(method);
    }
    for (const method of ["getNodeInfo", "getClientVersion", "getGroupList"]) {
      expect((await rpc(node.url, method)).result).toMatchSnapshot(method);
    }
    expect((await rpc(node.url, "getBlockHashByNumber", [1, 3])).result).toBe(hash);
    expect((await rpc(node.url, "getBlockNumber", [1])).result).toBe("0x3");
    expect((await rpc(node.url, "getSystemConfigByKey", [1, "TX_COUNT_LIMIT"])).result).toBe("1000");
    expect((await rpc(node.url, "getSystemConfigByKey", [1, "nothing"])).error?.code).toBe(-40008);
    expect((await rpc(node.url, "getBlockByNumber", [1, 99])).error?.code).toBe(-40004);
    expect((await rpc(node.url, "getBlockByHash", [1, `0x${"0".repeat(64)}`])).error?.code).toBe(-40003);
    expect((await rpc(node.url, "getTransactionByBlockNumberAndIndex", [1, 3, "0x9"])).error?.code).toBe(-40005);
    expect((await rpc(node.url, "getTransactionByBlockHashAndIndex", [1, hash, "0x9"])).error?.code).toBe(-40005);
    expect((await rpc(node.url, "getTransactionByBlockNumberAndIndex", [1, 99, "0x0"])).error?.code).toBe(-40004);
    const nowhere = `0x${"0".repeat(64)}`;
    expect((await rpc(node.url, "getTransactionByBlockHashAndIndex", [1, nowhere, "0x0"])).error?.code).toBe(-40003);
    const to = (await receipt("create"))["contractAddress"];
    expect((await rpc(node.url, "getCode", [1, to])).result).toBe((await rpc(url, "eth_getCode", [to])).result);
    expect((await rpc(node.url, "call", [1, { to, data: "0x3fa4f245" }])).error?.code).toBe(-40006);
    const read = await rpc(node.url, "call", [1, { from: ACCOUNT, to, data: "0x3fa4f245" }]);
    expect(read.result).toMatchObject({ status: "0x0", output: `0x${"9".padStart(64, "0")}` });
    const failed = await rpc(node.url, "call", [1, { from: ACCOUNT, to, data: call(13n) }]);
    expect(failed.result).toMatchObject({ status: "0x16" });
  });

  it("tells what a system contract refused (SPEC 6.3)", async () => {
    const contract = new Interface(["function setValueByKey(string,string)"]);
    const data = contract.encodeFunctionData("setValueByKey", ["tx_count_limit", "5"]);
    const { result } = await rpc(node.url, "call", [1, { from: ACCOUNT, to: SYSTEM_CONFIG, data }]);
    expect(result).toMatchObject({ status: "0x0", systemRefusal: { code: -50000, name: "permissionDenied" } });
  });

  it("takes many sends of one batch in one submission", async () => {
    const sizes: number[] = [];
    node.group.override(({ submit }) => ({
      submit(raws) {
        sizes.push(raws.length);
        return submit(raws);
      },
    }));
    const raws = await Promise.all([7, 8, 9, 7].map((nonce) => sign(nonce, { type: 0, gasPrice: 0 })));
    const batch = raws.map((raw, id) => ({ jsonrpc: "2.0", id, method: "eth_sendRawTransaction", params: [raw] }));
    const answers = await postJson<Answer[]>(url, JSON.stringify(batch));
    expect(answers.map((one) => one.error?.message)).toEqual([
      undefined,
      undefined,
      undefined,
      expect.stringMatching(/^already known/),
    ]);
    expect(sizes).toEqual([4]);
  });
});
