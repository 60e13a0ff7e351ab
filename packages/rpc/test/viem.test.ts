import { suite } from "@fb/ledger/testing";
import { addressOf, fromHex } from "@fb/types";
import {
  type Abi,
  type Address,
  type BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  NonceTooLowError,
  parseEther,
  toHex,
  webSocket,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COUNTER, KEY, startNode } from "./fixture.ts";

const OTHER = "0x00000000000000000000000000000000000000ee";
const abi = COUNTER.abi as Abi;

describe("viem", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  const account = privateKeyToAccount(KEY as `0x${string}`);
  const setup = () => {
    const chain = defineChain({
      id: 65537,
      name: "group 1",
      nativeCurrency: { name: "unit", symbol: "U", decimals: 18 },
      rpcUrls: { default: { http: [`${node.url}/group/1`] } },
    });
    const transport = http(`${node.url}/group/1`, { batch: true });
    return {
      chain,
      reader: createPublicClient({ chain, transport, pollingInterval: 20, cacheTime: 0 }),
      writer: createWalletClient({ account, chain, transport }),
    };
  };
  beforeAll(async () => {
    node = await startNode();
  });
  afterAll(() => node.close());

  it("transfers value as EIP-1559 and reads it back", async () => {
    const { reader, writer } = setup();
    const hash = await writer.sendTransaction({ to: OTHER, value: parseEther("2"), type: "eip1559" });
    const receipt = await reader.waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe("success");
    expect(receipt.effectiveGasPrice).toBe(0n);
    expect(await reader.getBalance({ address: OTHER })).toBe(parseEther("2"));
    const back = await reader.getTransaction({ hash });
    expect([back.type, back.from, back.value]).toEqual(["eip1559", account.address.toLowerCase(), parseEther("2")]);
    const block = await reader.getBlock({ blockNumber: receipt.blockNumber, includeTransactions: true });
    expect(block.transactions[0]?.hash).toBe(hash);
    expect(block.miner).toBe(toHex(addressOf(suite, fromHex(node.group.nodeId)!)));
  });

  it("deploys, writes, reads, searches logs and fee history", async () => {
    const { reader, writer } = setup();
    const hash = await writer.deployContract({ abi, bytecode: COUNTER.bytecode, args: [3n] });
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
    const address = contractAddress as Address;
    const sent = await writer.writeContract({ address, abi, functionName: "set", args: [9n] });
    const receipt = await reader.waitForTransactionReceipt({ hash: sent });
    expect(await reader.readContract({ address, abi, functionName: "value" })).toBe(9n);
    const logs = await reader.getContractEvents({ address, abi, eventName: "Changed", fromBlock: 0n });
    expect(logs.map((log) => [log.transactionHash, log.logIndex])).toEqual([[sent, 0]]);
    const history = await reader.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] });
    expect(history.baseFeePerGas).toEqual([0n, 0n, 0n]);
    expect(history.oldestBlock).toBe(receipt.blockNumber - 1n);
  });

  it("decodes a revert and a refusal", async () => {
    const { reader, writer } = setup();
    const hash = await writer.deployContract({ abi, bytecode: COUNTER.bytecode, args: [3n] });
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
    const failure = await reader
      .simulateContract({ address: contractAddress as Address, abi, functionName: "set", args: [13n], account })
      .catch((error: unknown) => error);
    const revert = (failure as BaseError).walk((error) => error instanceof ContractFunctionRevertedError);
    expect((revert as ContractFunctionRevertedError).reason).toBe("unlucky");
    const low = await writer.sendTransaction({ to: OTHER, nonce: 0, gas: 21_000n }).catch((error: unknown) => error);
    expect((low as BaseError).walk((error) => error instanceof NonceTooLowError)).not.toBeNull();
  });

  it("polls filters over HTTP and is pushed events over WebSocket", async () => {
    const { chain, reader, writer } = setup();
    const socket = createPublicClient({ chain, transport: webSocket(`${node.wsUrl}/group/1`) });
    const hash = await writer.deployContract({ abi, bytecode: COUNTER.bytecode, args: [3n] });
    const address = (await reader.waitForTransactionReceipt({ hash })).contractAddress as Address;
    const filter = await reader.createContractEventFilter({ abi, address });
    const blocks = await reader.createBlockFilter();
    const pushed = new Promise<unknown[]>((resolve) => {
      socket.watchContractEvent({ abi, address, onLogs: (logs) => resolve(logs) });
    });
    const head = new Promise<bigint>((resolve) => {
      socket.watchBlocks({ onBlock: (block) => resolve(block.number) });
    });
    for (let i = 0; i < 20; i++) await socket.getBlockNumber({ cacheTime: 0 });
    const sent = await writer.writeContract({ address, abi, functionName: "set", args: [9n] });
    const receipt = await reader.waitForTransactionReceipt({ hash: sent });
    expect(await pushed).toMatchObject([{ transactionHash: sent }]);
    expect(await head).toBe(receipt.blockNumber);
    expect(await reader.getFilterChanges({ filter })).toMatchObject([{ transactionHash: sent, logIndex: 0 }]);
    expect(await reader.getFilterChanges({ filter })).toEqual([]);
    expect(await reader.getFilterChanges({ filter: blocks })).toEqual([receipt.blockHash]);
    expect(await reader.uninstallFilter({ filter })).toBe(true);
    (await socket.transport.getRpcClient()).close();
  });
});
