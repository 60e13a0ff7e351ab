import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type SoloGroupOptions, startSoloGroup } from "@fb/ledger/testing";
import { startTestServer, type TestServer } from "@fb/rpc/testing";
import { fromHex } from "@fb/types";
import { Contract, ContractFactory, Interface, keccak256, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectGroup, type GroupProvider, GroupSigner, jsonRpc, requireGranted } from "../src/index.ts";

const KEY = `0x${"1".repeat(64)}`;
const OTHER = `0x${"ee".repeat(20)}`;
const CONFIG = `0x${"0".repeat(36)}1000`;
/** A change that nobody but an admin may make. */
const SET_CONFIG = new Interface(["function setValueByKey(string,string)"]).encodeFunctionData("setValueByKey", [
  "tx_count_limit",
  "5",
]);
const artefact = JSON.parse(readFileSync(new URL("../../rpc/testdata/Counter.json", import.meta.url), "utf8"));
const counter = new Interface(artefact.abi);

function startGroup(options: SoloGroupOptions) {
  return startSoloGroup({ alloc: [{ address: fromHex(new Wallet(KEY).address)!, balance: 10n ** 20n }], ...options });
}

describe("sdk", () => {
  let node: TestServer;
  const providers: GroupProvider[] = [];
  const connect = async (groupId: number) => {
    const provider = await connectGroup({ url: `${node.url}/`, groupId, pollingIntervalMs: 20 });
    providers.push(provider);
    return provider;
  };
  beforeAll(async () => {
    const groups = await Promise.all([1, 2].map((groupId) => startGroup({ groupId, chainId: 9 })));
    node = await startTestServer(groups, { operator: true });
  });
  afterAll(async () => {
    for (const provider of providers) provider.destroy();
    await node.close();
  });

  it("binds a provider to one group", async () => {
    const [one, two] = [await connect(1), await connect(2)];
    expect((await one.getNetwork()).chainId).toBe(9n * 65536n + 1n);
    expect([one.chainId, two.groupId]).toEqual([9, 2]);
    const signer = new GroupSigner(KEY, one);
    const contract = await new ContractFactory(artefact.abi, artefact.bytecode, signer).deploy(3);
    const address = await (await contract.waitForDeployment()).getAddress();
    const deployed = new Contract(address, artefact.abi, signer);
    await (await deployed["set"]!(5)).wait();
    expect(await deployed["value"]!()).toBe(5n);
    expect(await two.getCode(address)).toBe("0x");
  });

  it("sends requests of one moment as one batch", async () => {
    const provider = await connect(1);
    const bodies: unknown[] = [];
    await provider.on("debug", (info: { action: string; payload: unknown }) => {
      if (info.action === "sendRpcPayload") bodies.push(info.payload);
    });
    await Promise.all([provider.getBalance(OTHER), provider.getCode(OTHER), provider.getTransactionCount(OTHER)]);
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toHaveLength(3);
  });

  it("sends many group transactions at once, without an order", async () => {
    const provider = await connect(2);
    const signer = new GroupSigner(KEY, provider);
    const receipts = await Promise.all([1n, 2n, 3n].map((value) => signer.sendGroupTransaction({ to: OTHER, value })));
    expect(receipts.map(({ status, type }) => [status, type])).toEqual([
      [1, 0x7e],
      [1, 0x7e],
      [1, 0x7e],
    ]);
    expect(await provider.getBalance(OTHER)).toBe(6n);
    expect(await provider.getTransactionCount(signer.address)).toBe(0);
    const transaction = await provider.group.getTransaction(receipts[0]!.hash);
    expect(transaction).toMatchObject({
      groupId: "0x2",
      chainId: "0x9",
      type: "0x7e",
      from: signer.address.toLowerCase(),
    });
    expect(Number(transaction!.blockLimit)).toBeLessThanOrEqual(500);
    expect(transaction!.nonce).not.toBe("0x0");
  });

  /** A group whose next block comes after the first look for a receipt, and a node that answers at once. */
  const startSilent = async () => {
    const group = await startGroup({ groupId: 1, autoMine: false });
    const silent = await startTestServer([group], { submitWaitMs: 0 });
    group.override(({ receipt, status }) => ({
      async receipt(...args) {
        const found = await receipt(...args);
        if ((await status()).pool.pending > 0) await group.mine();
        return found;
      },
    }));
    const provider = await connectGroup({ url: silent.url, groupId: 1, pollingIntervalMs: 20 });
    return { group, silent, provider, signer: new GroupSigner(KEY, provider) };
  };

  it("finds the receipt when no further block follows", async () => {
    const { silent, provider, signer } = await startSilent();
    const byGroup = await signer.sendGroupTransaction({ to: OTHER, value: 1n }, { timeoutMs: 5000 });
    expect(byGroup.blockNumber).toBe(2);
    const sent = await signer.sendTransaction({ to: OTHER, value: 1n });
    expect((await sent.wait(1, 5000))?.blockNumber).toBe(3);
    const again = await signer.sendTransaction({ to: OTHER, value: 1n });
    expect((await provider.waitForTransaction(again.hash, 1, 5000))?.blockNumber).toBe(4);
    provider.destroy();
    await silent.close();
  });

  it("says that the fate of a transaction is unknown, never that it failed, when nothing is heard of it", async () => {
    const { group, silent, provider, signer } = await startSilent();
    group.override(() => ({ receipt: async () => ({ ok: true, value: null }) }));
    const failure = await signer
      .sendGroupTransaction({ to: OTHER }, { timeoutMs: 100 })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "SDK_RECEIPT_UNKNOWN", message: expect.stringContaining("is unknown") });
    const { hash } = (failure as { fields: { hash: string } }).fields;
    expect(await provider.getTransaction(hash)).toMatchObject({ hash });
    // The same when the connection breaks while the answer is waited for.
    group.override(() => ({
      async submit() {
        await silent.server.close();
        return [];
      },
    }));
    await expect(signer.sendGroupTransaction({ to: OTHER, gas: 50_000n }, { timeoutMs: 100 })).rejects.toMatchObject({
      code: "SDK_RECEIPT_UNKNOWN",
    });
    provider.destroy();
    await silent.close();
  });

  it("names the hash of an Ethereum transaction, too, when the connection ends before the answer", async () => {
    const { group, silent, provider, signer } = await startSilent();
    let hash = "";
    group.override(() => ({
      async submit([raw]) {
        hash = keccak256(raw!);
        await silent.server.close();
        return [];
      },
    }));
    const failure = await signer.sendTransaction({ to: OTHER }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "SDK_RECEIPT_UNKNOWN", fields: { hash } });
    // Nothing was sent to a node that is not there.
    const raw = await signer.signTransaction({ to: OTHER, nonce: 1, gasLimit: 21_000, gasPrice: 0, chainId: 65537 });
    await expect(provider.broadcastTransaction(raw)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    provider.destroy();
    await silent.close();
  });

  it("creates a contract by a group transaction and says why one failed", async () => {
    const provider = await connect(1);
    const signer = new GroupSigner(KEY, provider);
    const data = `${artefact.bytecode}${"7".padStart(64, "0")}`;
    const { contractAddress } = await signer.sendGroupTransaction({ data });
    const to = contractAddress!;
    expect(await new Contract(to, artefact.abi, provider)["value"]!()).toBe(7n);
    const call = counter.encodeFunctionData("set", [13]);
    await expect(signer.sendGroupTransaction({ to, data: call, gas: 100_000n })).rejects.toMatchObject({
      code: "SDK_TRANSACTION_FAILED",
      fields: { status: 22, statusMsg: "revert" },
    });
  });

  it("tells what a system contract refused although the transaction succeeded", async () => {
    const provider = await connect(1);
    const signer = new GroupSigner(KEY, provider);
    const refused = { code: "SDK_SYSTEM_REFUSED", fields: { code: -50000, name: "permissionDenied" } };
    await expect(signer.sendGroupTransaction({ to: CONFIG, data: SET_CONFIG })).rejects.toMatchObject(refused);
    const receipt = (await (await signer.sendTransaction({ to: CONFIG, data: SET_CONFIG })).wait())!;
    expect(receipt.status).toBe(1);
    await expect(requireGranted(provider.group, receipt)).rejects.toMatchObject(refused);
    const answer = await provider.group.call({ from: OTHER, to: CONFIG, data: SET_CONFIG });
    expect(answer.systemRefusal).toMatchObject({ name: "permissionDenied" });
  });

  it("asks under the names of the 2.x line", async () => {
    const { group } = await connect(2);
    const [sealer] = await group.getSealerList();
    expect(sealer).toMatch(/^[0-9a-f]{128}$/);
    expect(await group.getObserverList()).toEqual([]);
    expect(await group.getGroupList()).toEqual([1, 2]);
    expect(await group.getConsensusStatus()).toMatchObject({ consensusType: "pbft", role: "leader", leaderId: sealer });
    expect(await group.getSyncStatus()).toMatchObject({ isSyncing: false, blockNumber: await group.getBlockNumber() });
    const block = await group.getBlock(1, true);
    expect((await group.getBlock(block.hash)).number).toBe("0x1");
    expect(await group.getTotalTransactionCount()).toMatchObject({ failed: 0 });
    expect(await group.getSystemConfigByKey("tx_count_limit")).toBe("1000");
    expect(await group.getPendingTxSize()).toBe(0);
    expect(await group.getNodeInfo()).toMatchObject({ Node: "node0" });
    expect(await group.getPeers()).toHaveLength(1);
    expect(await group.getTransactionReceipt(`0x${"0".repeat(64)}`)).toBeNull();
    expect(await group.getCode(OTHER)).toBe("0x");
    expect(await group.call({ from: OTHER, to: OTHER, data: "0x" })).toMatchObject({ status: "0x0", output: "0x" });
    await expect(group.getBlock(99)).rejects.toMatchObject({ code: "SDK_RPC_ERROR", fields: { rpcCode: -40004 } });
    await expect(group.sendRawTransaction("0xc0")).rejects.toMatchObject({ fields: { reason: "TX_MALFORMED" } });
  });

  it("names what is wrong with a connection", async () => {
    await expect(connect(3)).rejects.toMatchObject({ code: "SDK_RPC_ERROR", fields: { rpcCode: -40001 } });
    await expect(connectGroup({ url: "http://127.0.0.1:1", groupId: 1 })).rejects.toMatchObject({
      code: "SDK_UNREACHABLE",
      message: expect.stringContaining("http://127.0.0.1:1/group/1"),
    });
    const other = createServer((request, response) => {
      response.end(request.url === "/group/1" ? "<html>" : '{"jsonrpc":"2.0","id":1,"result":"0x1"}');
    }).listen(0);
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await expect(connectGroup({ url, groupId: 1 })).rejects.toMatchObject({ code: "SDK_BAD_ANSWER" });
    await expect(connectGroup({ url, groupId: 2 })).rejects.toMatchObject({ code: "SDK_WRONG_GROUP" });
    await expect(jsonRpc(`${url}/group/1`)("eth_chainId", [])).rejects.toMatchObject({ code: "SDK_BAD_ANSWER" });
    other.removeAllListeners("request").on("request", () => {});
    await expect(jsonRpc(url, 50)("eth_chainId", [])).rejects.toMatchObject({
      code: "SDK_UNREACHABLE",
      message: expect.stringContaining("has not answered for 50 ms"),
    });
    other.close().closeAllConnections();
  });
});
