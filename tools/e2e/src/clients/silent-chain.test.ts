import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { devAccounts } from "@fb/build-chain";
import type { CompiledContract } from "@fb/testkit/solidity";
import { Contract, ContractFactory, JsonRpcProvider, Wallet, WebSocketProvider } from "ethers";
import { createPublicClient, createWalletClient, defineChain, type Hex, http, webSocket } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Web3 } from "web3";
import { createTestChain, type TestChain } from "../support/chain.ts";
import { compileToken } from "../support/contracts.ts";

/** What every wait is given: none takes longer for a transaction that is committed. */
const LIMIT_MS = 3000;
/** ethers and viem look at blocks every 4 s over HTTP: so long they need to see what they did not see at their first look. */
const NEXT_LOOK_MS = 4000 + LIMIT_MS;
const TIMES = 10;
const CHAIN_ID = 65_537;
const OTHER = "0x00000000000000000000000000000000000000ee";

let chain: TestChain;
let url: string;
let token: CompiledContract;
/** An account for each client, so that they do not share nonces. */
const keys = devAccounts().map(({ privateKey }) => privateKey);

beforeAll(async () => {
  chain = await createTestChain({ topology: "127.0.0.1:4 agency1 1", groups: ["1:pbft:storage"] });
  url = chain.url(0, 1);
  token = compileToken();
});
afterAll(() => chain?.close());

describe("clients as they come, on a chain that makes no blocks by itself", () => {
  it.each([
    ["HTTP", () => new JsonRpcProvider(url), 0],
    ["WebSocket", () => new WebSocketProvider(url.replace("http", "ws")), 1],
  ] as const)("ethers over %s", async (_name, connect, account) => {
    const provider = connect();
    const wallet = new Wallet(keys[account]!, provider);
    const send = () => wallet.sendTransaction({ to: OTHER, value: 0n });
    for (let i = 0; i < TIMES; i++) expect((await (await send()).wait(1, LIMIT_MS))?.status).toBe(1);
    for (let i = 0; i < TIMES; i++) {
      expect((await provider.waitForTransaction((await send()).hash, 1, LIMIT_MS))?.status).toBe(1);
    }
    expect((await (await send()).wait(5, NEXT_LOOK_MS))?.status).toBe(1);
    const contract = await new ContractFactory(token.abi, token.bytecode, wallet).deploy(
      [await wallet.getAddress()],
      5n,
    );
    await contract.deploymentTransaction()!.wait(1, LIMIT_MS);
    const deployed = new Contract(await contract.getAddress(), token.abi, wallet);
    const receipt = await (await deployed.getFunction("transfer")(OTHER, 2n)).wait(1, LIMIT_MS);
    expect(receipt.logs[0].args[2]).toBe(2n);
    await provider.destroy();
  });

  it.each([
    ["HTTP", () => http(), 2],
    ["WebSocket", () => webSocket(url.replace("http", "ws")), 3],
  ] as const)("viem over %s", async (_name, transport, account) => {
    const nativeCurrency = { name: "coin", symbol: "COIN", decimals: 18 };
    const group = defineChain({ id: CHAIN_ID, name: "group", nativeCurrency, rpcUrls: { default: { http: [url] } } });
    const reader = createPublicClient({ chain: group, transport: transport() });
    const writer = createWalletClient({
      account: privateKeyToAccount(keys[account] as Hex),
      chain: group,
      transport: transport(),
    });
    const send = () => writer.sendTransaction({ to: OTHER, value: 0n });
    for (let i = 0; i < TIMES; i++) {
      const { status } = await reader.waitForTransactionReceipt({ hash: await send(), timeout: LIMIT_MS });
      expect(status).toBe("success");
    }
    const hash = await send();
    const { status } = await reader.waitForTransactionReceipt({ hash, confirmations: 5, timeout: NEXT_LOOK_MS });
    expect(status).toBe("success");
  });

  it.each([
    ["HTTP", () => url, 4],
    ["WebSocket", () => url.replace("http", "ws"), 5],
  ] as const)("web3.js over %s", async (_name, address, index) => {
    const web3 = new Web3(address());
    web3.eth.transactionPollingTimeout = LIMIT_MS;
    const account = web3.eth.accounts.wallet.add(keys[index]!).get(0)!;
    for (let i = 0; i < TIMES; i++) {
      const { status } = await web3.eth.sendTransaction({ from: account.address, to: OTHER, value: "0" });
      expect(status).toBe(1n);
    }
    const contract = new web3.eth.Contract(token.abi as never);
    const deployed = await contract
      .deploy({ data: token.bytecode, arguments: [[account.address], 5] as never })
      .send({ from: account.address });
    const { events } = await (deployed.methods as never as TokenMethods)
      .transfer(OTHER, 2)
      .send({ from: account.address });
    expect(events["Transfer"]!.returnValues["value"]).toBe(2n);
    if (web3.provider?.supportsSubscriptions()) web3.provider.disconnect();
  });

  it.each([{ cacheTimeout: -1, pollingInterval: 100 }])("ethers as the guide sets it up: %j", async (options) => {
    const provider = new JsonRpcProvider(url, undefined, options);
    const wallet = new Wallet(keys[7]!, provider);
    for (let i = 0; i < TIMES; i++) {
      const { hash } = await wallet.sendTransaction({ to: OTHER, value: 0n });
      expect((await provider.waitForTransaction(hash, 1, LIMIT_MS))?.status).toBe(1);
    }
    provider.destroy();
  });

  it("cast", async () => {
    const bin = createRequire(import.meta.url).resolve("@foundry-rs/cast/bin.mjs");
    const cast = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args, "--rpc-url", url], {
        timeout: 30_000,
      });
      return stdout;
    };
    const send = (...more: string[]) =>
      cast(
        "send",
        OTHER,
        "--value",
        "0",
        "--private-key",
        keys[6]!,
        "--timeout",
        String(LIMIT_MS / 1000),
        "--json",
        ...more,
      );
    for (let i = 0; i < 3; i++) expect(JSON.parse(await send()).status).toBe("0x1");
    const { status, transactionHash } = JSON.parse(await send("--confirmations", "5"));
    expect(status).toBe("0x1");
    expect(await cast("receipt", transactionHash, "status")).toContain("true");
  });
});

interface TokenMethods {
  transfer(
    to: string,
    value: number,
  ): {
    send(options: { from: string }): Promise<{ events: Record<string, { returnValues: Record<string, unknown> }> }>;
  };
}
