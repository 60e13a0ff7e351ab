import type { SoloGroup } from "@fb/ledger/testing";
import { Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { TestServer } from "../src/testing/index.ts";
import { type Answer, COUNTER, KEY, postJson, rpc, startNode } from "./fixture.ts";

interface LogJson {
  readonly blockNumber: string;
  readonly logIndex: string;
}

/** A chain whose second block holds more logs than one answer may. */
describe("what is too much for one answer", () => {
  let node: TestServer & { group: SoloGroup };
  let url: string;
  let transaction: string;
  const LOGS = 9;
  const limits = { maxLogs: 4, maxLogBlocks: 3 };
  const wallet = new Wallet(KEY);
  let nonce = 0;
  const send = async (fields: object) => {
    const raw = await wallet.signTransaction({
      chainId: 65537,
      nonce: nonce++,
      gasLimit: 1_000_000,
      gasPrice: 0,
      ...fields,
    });
    return String((await rpc(url, "eth_sendRawTransaction", [raw])).result);
  };
  /** A creation whose code emits so many logs without topics. */
  const emit = (count: number) =>
    send({ data: `0x61${count.toString(16).padStart(4, "0")}5b60006000a0600190038060035700` });

  beforeAll(async () => {
    node = await startNode({ limits, submitWaitMs: 0 }, { autoMine: false });
    url = `${node.url}/group/1`;
    transaction = await emit(LOGS);
    await node.group.mine();
    await emit(2);
    for (let i = 0; i < 4; i++) await node.group.mine();
  });
  afterAll(() => node.close());

  const places = (logs: readonly LogJson[]) => logs.map(({ blockNumber, logIndex }) => [blockNumber, Number(logIndex)]);
  const all = [...Array.from({ length: LOGS }, (_, i) => ["0x2", i]), ...[0, 1].map((i) => ["0x3", i])];

  it("is refused with the range that fits, or the way to page through one block (SPEC 5.5)", async () => {
    const search = async (fromBlock: string, toBlock: string) => rpc(url, "eth_getLogs", [{ fromBlock, toBlock }]);
    expect((await search("0x1", "latest")).error).toMatchObject({
      code: -32005,
      data: { code: "LIMIT_EXCEEDED", fromBlock: "0x1", toBlock: "0x1" },
    });
    const { error } = await search("0x2", "0x2");
    expect(error).toMatchObject({ code: -32005, data: { code: "LIMIT_EXCEEDED", block: "0x2" } });
    expect(error?.message).toContain("fb_getLogs");
    const { error: blocks } = await search("0x3", "0x6");
    expect(blocks?.data).toMatchObject({ fromBlock: "0x3", toBlock: "0x5" });
    expect(places((await search("0x3", "0x5")).result!)).toEqual(all.slice(LOGS));
  });

  it.each([undefined, "0x1", "0x3"])("comes in pieces from fb_getLogs, %s at a time", async (size) => {
    const found: LogJson[] = [];
    let next: object | null = null;
    do {
      const params: unknown[] = [{ fromBlock: "0x0", toBlock: "latest" }, next, size];
      const { result } = await rpc(url, "fb_getLogs", params.slice(0, size === undefined ? 2 : 3));
      const page = result as unknown as { logs: LogJson[]; next: object | null };
      expect(page.logs.length).toBeLessThanOrEqual(Number(size ?? 4));
      found.push(...page.logs);
      next = page.next;
    } while (next !== null);
    expect(places(found)).toEqual(all);
    const beyond = await rpc(url, "fb_getLogs", [{ fromBlock: "0x0", toBlock: "0x2" }, { block: "0x3" }]);
    expect(beyond.error?.data).toEqual({ code: "INVALID_RANGE" });
  });

  it("does not stop a filter, which goes on where it was (SPEC 5.2)", async () => {
    const filter = (await rpc(url, "eth_newFilter", [{}])).result;
    await emit(LOGS);
    await node.group.mine();
    await emit(1);
    await node.group.mine();
    const seen: LogJson[] = [];
    const polls: number[] = [];
    for (let last = -1; last !== 0; polls.push(last)) {
      const logs = (await rpc(url, "eth_getFilterChanges", [filter])).result as unknown as LogJson[];
      seen.push(...logs);
      last = logs.length;
    }
    expect(polls).toEqual([4, 4, 2, 0]);
    expect(places(seen)).toEqual([...Array.from({ length: LOGS }, (_, i) => ["0x7", i]), ["0x8", 0]]);
    await emit(1);
    await node.group.mine();
    const [one, two] = await Promise.all([1, 2].map(() => rpc(url, "eth_getFilterChanges", [filter])));
    expect([one!.result, two!.result].flat()).toHaveLength(1);
    await rpc(url, "eth_uninstallFilter", [filter]);
  });

  it("of a poll that does not fit beside the rest of a batch comes with the next (SPEC 5.2)", async () => {
    const small = await startNode({ limits: { maxResponseBytes: 2000 } });
    const ask = (requests: readonly [string, ...unknown[]][]) =>
      postJson<Answer[]>(
        small.url,
        JSON.stringify(requests.map(([method, ...params], id) => ({ jsonrpc: "2.0", id, method, params }))),
      );
    const [logs, blocks] = (await ask([["eth_newFilter", {}], ["eth_newBlockFilter"]])).map(({ result }) => result);
    const raw = await wallet.signTransaction({
      chainId: 65537,
      nonce: 0,
      gasLimit: 1_000_000,
      gasPrice: 0,
      data: "0x6100025b60006000a0600190038060035700",
    });
    await ask([["eth_sendRawTransaction", raw]]);
    const filler: [string, string] = ["web3_sha3", "0x"];
    const polls: [string, unknown][] = [
      ["eth_getFilterChanges", logs],
      ["eth_getFilterChanges", blocks],
    ];
    const full = await ask([...Array.from({ length: 29 }, () => filler), ...polls]);
    const refused = full.slice(-2).map(({ error }) => error?.data);
    expect(refused).toEqual(Array(2).fill({ code: "RESPONSE_TOO_LARGE" }));
    const again = await ask(polls);
    expect(again.map(({ result }) => (result as unknown as unknown[]).length)).toEqual([2, 1]);
    expect((await ask(polls)).map(({ result }) => result)).toEqual([[], []]);
    await small.close();
  });

  it("is paged through from the block that was the head, whatever blocks follow (SPEC 5.5)", async () => {
    await emit(LOGS);
    await node.group.mine();
    const height = await node.group.read.height();
    const found: LogJson[] = [];
    let next: object | null = null;
    do {
      const { result, error } = await rpc(url, "fb_getLogs", [{}, next]);
      expect(error).toBeUndefined();
      const page = result as unknown as { logs: LogJson[]; next: object | null };
      found.push(...page.logs);
      next = page.next;
      await node.group.mine();
    } while (next !== null && found.length < 100);
    expect(places(found)).toEqual(Array.from({ length: LOGS }, (_, i) => [`0x${height.toString(16)}`, i]));
  });

  it("reaches a subscriber whole", async () => {
    const socket = new WebSocket(`${node.wsUrl}/group/1`);
    await new Promise((resolve) => socket.on("open", resolve));
    const logs: LogJson[] = [];
    const complete = new Promise<void>((resolve) =>
      socket.on("message", (bytes) => {
        const { params, id } = JSON.parse(String(bytes));
        if (id === undefined) logs.push(params.result);
        if (logs.length === 1500) resolve();
      }),
    );
    socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["logs",{}]}');
    await new Promise((resolve) => socket.once("message", resolve));
    await emit(1500);
    await node.group.mine();
    await complete;
    expect(logs.map(({ logIndex }) => Number(logIndex))).toEqual(Array.from({ length: 1500 }, (_, i) => i));
    socket.close();
  });

  it("is a receipt without its logs from fb_getReceipt (SPEC 1.3)", async () => {
    const whole = (await rpc(url, "eth_getTransactionReceipt", [transaction])).result as unknown as { logs: LogJson[] };
    const { logs, ...rest } = whole;
    const head = (await rpc(url, "fb_getReceipt", [transaction])).result;
    expect(head).toEqual({ ...rest, firstLogIndex: "0x0", logCount: `0x${logs.length}` });
    expect((await rpc(url, "fb_getReceipt", [`0x${"0".repeat(64)}`])).result).toBeNull();
    const small = await startNode({ limits: { maxResponseBytes: 300 } });
    const raw = await wallet.signTransaction({
      chainId: 65537,
      nonce: 0,
      gasLimit: 21_000,
      gasPrice: 0,
      to: wallet.address,
    });
    const hash = (await rpc(small.url, "eth_sendRawTransaction", [raw])).result;
    const { error } = await rpc(small.url, "eth_getTransactionReceipt", [hash]);
    expect(error).toMatchObject({ code: -32005, data: { code: "RESPONSE_TOO_LARGE" } });
    expect(error?.message).toContain("fb_getReceipt");
    await small.close();
  });
});

describe("topics", () => {
  it("are matched by one rule in searches, filters and subscriptions (SPEC 5.4)", async () => {
    const node = await startNode();
    const url = `${node.url}/group/1`;
    const wallet = new Wallet(KEY);
    const send = async (nonce: number, fields: object) => {
      const raw = await wallet.signTransaction({ chainId: 65537, nonce, gasLimit: 1_000_000, gasPrice: 0, ...fields });
      return (await rpc(url, "eth_sendRawTransaction", [raw])).result;
    };
    const created = await send(0, { data: `${COUNTER.bytecode}${"00".repeat(32)}` });
    const receipt = (await rpc(url, "eth_getTransactionReceipt", [created])).result as unknown as {
      contractAddress: string;
    };
    const socket = new WebSocket(`${node.wsUrl}/group/1`);
    await new Promise((resolve) => socket.on("open", resolve));
    const notified: string[] = [];
    const ids: string[] = [];
    socket.on("message", (bytes) => {
      const message = JSON.parse(String(bytes));
      if (message.method === "eth_subscription") notified.push(message.params.subscription);
      else ids.push(message.result);
    });
    // The log of the counter has two topics.
    const shapes = [[], [null], [null, null], [null, null, null]];
    const filters = await Promise.all(
      shapes.map(async (topics) => (await rpc(url, "eth_newFilter", [{ topics }])).result),
    );
    for (const topics of shapes) {
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["logs", { topics }] }));
    }
    while (ids.length < shapes.length) await rpc(url, "eth_chainId");
    await send(1, { to: receipt.contractAddress, data: `0x60fe47b1${"7".padStart(64, "0")}` });
    socket.send('{"jsonrpc":"2.0","id":2,"method":"eth_chainId"}');
    while (ids.length < shapes.length + 1) await rpc(url, "eth_chainId");
    const searched = await Promise.all(
      shapes.map(async (topics) => (await rpc(url, "eth_getLogs", [{ fromBlock: "0x0", topics }])).result!),
    );
    const polled = await Promise.all(filters.map(async (id) => (await rpc(url, "eth_getFilterChanges", [id])).result!));
    const expected = [1, 1, 1, 0];
    expect(searched.map((logs: unknown[]) => logs.length)).toEqual(expected);
    expect(polled.map((logs: unknown[]) => logs.length)).toEqual(expected);
    expect(ids.slice(0, 4).map((id) => notified.filter((one) => one === id).length)).toEqual(expected);
    for (const id of [...ids.slice(0, 4), ...filters]) expect(id).toMatch(/^0x[1-9a-f][0-9a-f]{31}$/);
    socket.close();
    await node.close();
  });
});
