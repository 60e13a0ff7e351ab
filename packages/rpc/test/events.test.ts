import { createFakeClock } from "@fb/runtime/testing";
import { fromHex } from "@fb/types";
import { hexlify, Wallet } from "ethers";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startTestServer, type TestServer } from "../src/testing/index.ts";
import { KEY, rpc, startGroup, startNode } from "./fixture.ts";

/** A WebSocket client whose messages can be awaited one by one. */
async function open(url: string) {
  const socket = new WebSocket(url);
  const messages: string[] = [];
  let wake = () => {};
  socket.on("message", (bytes) => {
    messages.push(String(bytes));
    wake();
  });
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
  const next = async () => {
    while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return JSON.parse(messages.shift()!);
  };
  const ask = async (method: string, ...params: unknown[]) => {
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
    return next();
  };
  return { socket, closed, next, ask, messages };
}

describe("subscriptions and filters", () => {
  let node: TestServer;
  afterEach(() => node.close());

  it("tells heads in order and stops on request (SPEC 5.3)", async () => {
    const started = await startNode();
    node = started;
    const client = await open(`${node.wsUrl}/group/1`);
    const { result: id } = await client.ask("eth_subscribe", "newHeads");
    await started.group.mine();
    await started.group.mine();
    for (const number of ["0x1", "0x2"]) {
      expect(await client.next()).toMatchObject({
        method: "eth_subscription",
        params: { subscription: id, result: { number } },
      });
    }
    expect((await client.ask("eth_unsubscribe", id)).result).toBe(true);
    expect((await client.ask("eth_unsubscribe", id)).result).toBe(false);
    await started.group.mine();
    expect((await client.ask("eth_blockNumber")).result).toBe("0x3");
    expect(client.messages).toEqual([]);
    client.socket.close();
  });

  it("keeps groups apart on one node (SPEC 5.1)", async () => {
    const groups = [await startGroup(1), await startGroup(2)] as const;
    node = await startTestServer(groups);
    const [one, two] = [await open(`${node.wsUrl}/group/1`), await open(`${node.wsUrl}/group/2`)];
    const { result: id } = await one.ask("eth_subscribe", "newHeads");
    expect((await two.ask("eth_unsubscribe", id)).result).toBe(false);
    const filter = (await rpc(`${node.url}/group/1`, "eth_newBlockFilter")).result;
    await groups[1].mine();
    expect((await one.ask("eth_blockNumber")).result).toBe("0x0");
    expect((await rpc(`${node.url}/group/1`, "eth_getFilterChanges", [filter])).result).toEqual([]);
    const foreign = await rpc(`${node.url}/group/2`, "eth_getFilterChanges", [filter]);
    expect(foreign.error).toMatchObject({ code: -32000, message: "filter not found" });
    expect((await rpc(`${node.url}/group/2`, "eth_uninstallFilter", [filter])).result).toBe(false);
    one.socket.close();
    two.socket.close();
  });

  it("closes the subscribers of a group that stops, and forgets its filters (SPEC 5.3)", async () => {
    const group = await startGroup(1);
    node = await startTestServer([group]);
    const client = await open(`${node.wsUrl}/group/1`);
    await client.ask("eth_subscribe", "newHeads");
    const filter = (await rpc(node.url, "eth_newBlockFilter")).result;
    node.directory.stop(group);
    expect(await client.closed).toBe(1001);
    node.directory.add(group);
    expect((await rpc(node.url, "eth_getFilterChanges", [filter])).error?.message).toBe("filter not found");
  });

  it("cuts a subscriber that does not read (SPEC 5.3)", async () => {
    const started = await startNode({ limits: { maxResponseBytes: 100_000 } });
    node = started;
    const client = await open(`${node.wsUrl}/group/1`);
    for (let i = 0; i < 100; i++) await client.ask("eth_subscribe", "newHeads");
    client.socket.pause();
    for (let i = 0; i < 200; i++) await started.group.mine();
    client.socket.resume();
    expect(await client.closed).toBe(1013);
  });

  it("bounds subscriptions per socket, sockets, and filters per group", async () => {
    const limits = { maxSubscriptionsPerSocket: 2, maxSockets: 1, maxFiltersPerGroup: 2 };
    node = await startNode({ limits });
    const client = await open(`${node.wsUrl}/group/1`);
    for (let i = 0; i < 2; i++) await client.ask("eth_subscribe", "logs", {});
    expect((await client.ask("eth_subscribe", "newHeads")).error.code).toBe(-32005);
    await expect(open(`${node.wsUrl}/group/1`)).rejects.toThrow("503");
    client.socket.close();
    for (let i = 0; i < 2; i++) await rpc(node.url, "eth_newBlockFilter");
    expect((await rpc(node.url, "eth_newFilter", [{}])).error).toMatchObject({
      code: -32005,
      data: { code: "FILTERS_FULL" },
    });
  });

  it("asks for pending transactions only while somebody listens", async () => {
    const started = await startNode({ submitWaitMs: 0 }, { autoMine: false });
    node = started;
    let watchesPending = false;
    started.group.override((real) => ({
      watchPending(on) {
        watchesPending = on;
        return real.watchPending(on);
      },
    }));
    const wallet = new Wallet(KEY);
    const send = async (nonce: number) => {
      const raw = await wallet.signTransaction({
        chainId: 65537,
        nonce,
        gasLimit: 21_000,
        gasPrice: 0,
        to: wallet.address,
      });
      return (await rpc(node.url, "eth_sendRawTransaction", [raw])).result;
    };
    expect(watchesPending).toBe(false);
    const filter = (await rpc(node.url, "eth_newPendingTransactionFilter")).result;
    const client = await open(`${node.wsUrl}/group/1`);
    const { result: id } = await client.ask("eth_subscribe", "newPendingTransactions");
    expect(watchesPending).toBe(true);
    const hash = await send(0);
    expect(await client.next()).toMatchObject({ params: { subscription: id, result: hash } });
    expect((await rpc(node.url, "eth_getFilterChanges", [filter])).result).toEqual([hash]);
    expect((await rpc(node.url, "eth_getFilterLogs", [filter])).error?.data).toEqual({ code: "FILTER_KIND" });
    await rpc(node.url, "eth_uninstallFilter", [filter]);
    expect(watchesPending).toBe(true);
    client.socket.close();
    await client.closed;
    await rpc(node.url, "eth_blockNumber");
    expect(watchesPending).toBe(false);
  });

  it("forgets filters that nobody polls, and gives the blocks that one has missed in pieces", async () => {
    const clock = createFakeClock();
    const group = await startGroup(1);
    node = await startTestServer([group], { limits: { filterExpiryMs: 60_000, maxFilterHashes: 2 } }, { clock });
    const [used, idle] = [await rpc(node.url, "eth_newBlockFilter"), await rpc(node.url, "eth_newBlockFilter")];
    for (let i = 0; i < 3; i++) await group.mine();
    clock.advance(40_000);
    const seen = (await rpc(node.url, "eth_getFilterChanges", [used.result])).result;
    const hashes = await Promise.all([1, 2, 3].map(async (height) => hexlify((await group.read.block(height))!.hash)));
    expect(seen).toEqual(hashes.slice(0, 2));
    expect((await rpc(node.url, "eth_getFilterChanges", [used.result])).result).toEqual(hashes.slice(2));
    clock.advance(40_000);
    expect((await rpc(node.url, "eth_getFilterChanges", [used.result])).result).toEqual([]);
    expect((await rpc(node.url, "eth_getFilterChanges", [idle.result])).error?.message).toBe("filter not found");
  });

  it("closes sockets that do not answer pings", async () => {
    const clock = createFakeClock();
    node = await startTestServer([await startGroup(1)], {}, { clock });
    const client = await open(`${node.wsUrl}/group/1`);
    client.socket.pause();
    clock.advance(30_000);
    clock.advance(30_000);
    client.socket.resume();
    expect(await client.closed).toBe(1006);
  });

  it("answers errors over WebSocket like over HTTP", async () => {
    node = await startNode({ limits: { maxBodyBytes: 1000 } });
    const client = await open(`${node.wsUrl}/`);
    client.socket.send("{");
    expect(await client.next()).toMatchObject({ error: { code: -32700 } });
    client.socket.send(fromHex("ff")!);
    expect(await client.next()).toMatchObject({ error: { code: -32700 } });
    client.socket.send("x".repeat(2000));
    expect(await client.closed).toBe(1009);
  });
});
