import { Contract, ContractFactory, isError, JsonRpcProvider, parseEther, Wallet, WebSocketProvider } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT, COUNTER, KEY, startNode } from "./fixture.ts";

const OTHER = "0x00000000000000000000000000000000000000ee";

describe("ethers v6", () => {
  let node: Awaited<ReturnType<typeof startNode>>;
  let provider: JsonRpcProvider;
  let wallet: Wallet;
  beforeAll(async () => {
    node = await startNode();
    provider = new JsonRpcProvider(`${node.url}/group/1`, undefined, { pollingInterval: 20, cacheTimeout: -1 });
    wallet = new Wallet(KEY, provider);
  });
  afterAll(async () => {
    provider.destroy();
    await node.close();
  });

  it("sees the chain id of the group", async () => {
    expect((await provider.getNetwork()).chainId).toBe(65537n);
  });

  it("transfers value and finds the receipt", async () => {
    const sent = await wallet.sendTransaction({ to: OTHER, value: parseEther("1") });
    const receipt = await sent.wait();
    expect(receipt?.status).toBe(1);
    expect(receipt?.gasUsed).toBe(21_000n);
    expect(receipt?.gasPrice).toBe(0n);
    expect(await provider.getBalance(OTHER)).toBe(parseEther("1"));
    expect(await provider.getTransactionCount(ACCOUNT)).toBe(1);
    const back = await provider.getTransaction(sent.hash);
    expect([back?.from, back?.value]).toEqual([ACCOUNT, parseEther("1")]);
  });

  it("sends legacy and access list transactions and reads them back signed by the same account", async () => {
    for (const type of [0, 1, 2]) {
      const sent = await wallet.sendTransaction({ to: OTHER, value: 1n, type, ...(type < 2 ? { gasPrice: 0n } : {}) });
      await sent.wait();
      const back = (await provider.getTransaction(sent.hash))!;
      expect(back.type).toBe(type);
      expect(back.signature.serialized).toBe(sent.signature.serialized);
      expect(back.hash).toBe(sent.hash);
    }
  });

  it("deploys, calls, sends and reads events", async () => {
    const factory = new ContractFactory(COUNTER.abi, COUNTER.bytecode, wallet);
    const deployed = await factory.deploy(7);
    await deployed.waitForDeployment();
    const address = await deployed.getAddress();
    expect(await provider.getCode(address)).not.toBe("0x");
    const counter = new Contract(address, COUNTER.abi, wallet);
    expect(await counter["value"]!()).toBe(7n);
    const receipt = await (await counter["set"]!(42)).wait();
    expect(receipt.logs).toHaveLength(1);
    expect(receipt.logs[0].args.value).toBe(42n);
    expect(await counter["value"]!()).toBe(42n);
    expect(await provider.getStorage(address, 0)).toBe(`0x${(42).toString(16).padStart(64, "0")}`);
    const events = await counter.queryFilter(counter.filters["Changed"]!(ACCOUNT), 0);
    expect(events.map((one) => one.transactionHash)).toEqual([receipt.hash]);
    // The state of an earlier block is still there.
    expect(await counter["value"]!({ blockTag: receipt.blockNumber - 1 })).toBe(7n);
  });

  it("understands a revert with its reason", async () => {
    const factory = new ContractFactory(COUNTER.abi, COUNTER.bytecode, wallet);
    const deployed = await (await factory.deploy(1)).waitForDeployment();
    const counter = new Contract(await deployed.getAddress(), COUNTER.abi, wallet);
    const failure = await counter["set"]!(13).catch((error: unknown) => error);
    expect(isError(failure, "CALL_EXCEPTION") && failure.reason).toBe("unlucky");
    const mined = await (await counter["set"]!(13, { gasLimit: 200_000 })).wait().catch((error: unknown) => error);
    expect(isError(mined, "CALL_EXCEPTION") && mined.receipt?.status).toBe(0);
  });

  it("understands refusals of the pool (SPEC 2.2)", async () => {
    const nonce = await provider.getTransactionCount(ACCOUNT);
    const low = await wallet.sendTransaction({ to: OTHER, nonce: nonce - 1 }).catch((error: unknown) => error);
    expect(isError(low, "NONCE_EXPIRED")).toBe(true);
    const poor = Wallet.createRandom(provider);
    const broke = await poor
      .sendTransaction({ to: OTHER, value: 1n, gasLimit: 21_000 })
      .catch((error: unknown) => error);
    expect(isError(broke, "INSUFFICIENT_FUNDS")).toBe(true);
    const wrong = await wallet.signTransaction({
      to: OTHER,
      nonce,
      chainId: 5,
      gasLimit: 21_000,
      gasPrice: 0,
      type: 0,
    });
    await expect(provider.broadcastTransaction(wrong)).rejects.toThrow("invalid chain id for signer");
  });

  it("reads blocks with and without transactions", async () => {
    const sent = await (await wallet.sendTransaction({ to: OTHER, value: 3n })).wait();
    const plain = (await provider.getBlock(sent!.blockNumber))!;
    expect(plain.transactions).toEqual([sent!.hash]);
    expect(plain.hash).toBe(sent!.blockHash);
    const full = (await provider.getBlock(sent!.blockNumber, true))!;
    expect(full.prefetchedTransactions[0]!.from).toBe(ACCOUNT);
    expect(await provider.getBlock(99_999)).toBeNull();
    expect((await provider.getFeeData()).gasPrice).toBe(0n);
  });

  it("follows heads, pending transactions and logs over WebSocket", async () => {
    const socket = new WebSocketProvider(`${node.wsUrl}/group/1`, undefined, { cacheTimeout: -1 });
    const signer = new Wallet(KEY, socket);
    const deployed = await (
      await new ContractFactory(COUNTER.abi, COUNTER.bytecode, signer).deploy(0)
    ).waitForDeployment();
    const counter = new Contract(await deployed.getAddress(), COUNTER.abi, signer);
    const blocks: number[] = [];
    const pending: string[] = [];
    let watchesPending = false;
    node.group.override((real) => ({
      watchPending(on) {
        watchesPending = on;
        return real.watchPending(on);
      },
    }));
    await socket.on("block", (number: number) => blocks.push(number));
    await socket.on("pending", (hash: string) => pending.push(hash));
    const logged = new Promise<bigint>((resolve) => void counter.on("Changed", (_who, value) => resolve(value)));
    // Subscriptions are asked for one after the other on this socket; the last answer means that all are there.
    for (let i = 0; i < 100 && !watchesPending; i++) await socket.getBlockNumber();
    await socket.getBlockNumber();
    const sent = await counter["set"]!(5);
    await sent.wait();
    expect(await logged).toBe(5n);
    expect(pending).toContain(sent.hash);
    expect(blocks).toContain(await socket.getBlockNumber());
    await socket.destroy();
  });

  it("shows blocks that hold group transactions", async () => {
    const { sendGroupTransaction } = await import("./group-transaction.ts");
    const { hash, nonce } = await sendGroupTransaction(`${node.url}/group/1`, node.group);
    const receipt = (await provider.getTransactionReceipt(hash))!;
    const block = (await provider.getBlock(receipt.blockNumber, true))!;
    expect(block.prefetchedTransactions[0]!.type).toBe(0x7e);
    expect(block.prefetchedTransactions[0]!.nonce).toBe(0);
    const raw = await provider.send("eth_getTransactionByHash", [hash]);
    expect(BigInt(raw.groupNonce)).toBe(nonce);
  });
});
