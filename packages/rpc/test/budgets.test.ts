import type { SoloGroup } from "@fb/ledger/testing";
import { type MetricsRegister, noMetrics } from "@fb/runtime";
import { createFakeClock, type FakeClock } from "@fb/runtime/testing";
import { Wallet } from "ethers";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { RpcLimits } from "../src/index.ts";
import { startTestServer, type TestServer } from "../src/testing/index.ts";
import { type Answer, KEY, post, postJson, rpc, startGroup } from "./fixture.ts";
import { connectRaw, eventually, type RawClient } from "./raw-client.ts";

/** Bytes of the raw transactions of block 2. */
const BLOCK_BYTES = 400_000;

/** A group whose second block is large, with what is asked of it counted. */
async function largeGroup() {
  const group = await startGroup(1, { autoMine: false });
  const wallet = new Wallet(KEY);
  const raws = await Promise.all(
    Array.from({ length: 4 }, (_, nonce) =>
      wallet.signTransaction({
        chainId: 65537,
        nonce,
        gasLimit: 20_000_000,
        gasPrice: 0,
        to: wallet.address,
        data: `0x${"ab".repeat(BLOCK_BYTES / 4)}`,
      }),
    ),
  );
  await group.query.submit(raws.map((raw) => new Uint8Array(Buffer.from(raw.slice(2), "hex"))));
  await group.mine();
  const seen = { running: 0, most: 0, tried: 0, built: 0, hold: Promise.resolve() };
  group.override(({ block }) => ({
    async block(...args) {
      seen.tried++;
      seen.most = Math.max(seen.most, ++seen.running);
      await seen.hold;
      try {
        const answer = await block(...args);
        if (answer.ok && answer.value?.body) seen.built++;
        return answer;
      } finally {
        seen.running--;
      }
    },
  }));
  return { group, seen };
}

function recordMetrics() {
  const gauges = new Map<string, number>();
  const reasons: string[] = [];
  const register: MetricsRegister = {
    ...noMetrics,
    gauge: (name) => ({ set: (value) => void gauges.set(name, value) }),
    counter: (name) => ({
      inc: (labels) => {
        if (name === "fb_rpc_cut_total") reasons.push(labels!["reason"]!);
      },
    }),
  };
  return { register, gauges, cut: () => reasons };
}

const FULL = { jsonrpc: "2.0", method: "eth_getBlockByNumber", params: ["0x2", true] };

describe("budgets of clients", () => {
  let node: TestServer;
  let clock: FakeClock;
  let metrics: ReturnType<typeof recordMetrics>;
  /** As it is now: gauges are set every 5 s. */
  const gauge = async (name: string) => {
    await clock.advanceAsync(5000);
    return metrics.gauges.get(name) ?? Number.NaN;
  };
  const start = async (groups: readonly SoloGroup[], limits: Partial<RpcLimits> = {}) => {
    clock = createFakeClock();
    metrics = recordMetrics();
    node = await startTestServer(
      groups,
      { submitWaitMs: 0, limits: { closeMs: 1, ...limits } },
      { clock, metrics: metrics.register },
    );
    return node;
  };
  afterEach(async () => {
    const closed = node.close();
    await clock.advanceAsync(10);
    await closed;
  });

  it("stop a batch of large reads at one answer, a few at a time, and say what to do (SPEC 8.5)", async () => {
    const { group, seen } = await largeGroup();
    await start([group], { maxResponseBytes: 3_000_000 });
    const items = Array.from({ length: 500 }, (_, id) => ({ ...FULL, id }));
    items.push({ jsonrpc: "2.0", id: 500, method: "eth_chainId", params: [] });
    const answers = await postJson<Answer[]>(node.url, JSON.stringify(items));
    expect(answers.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    const whole = answers.filter(({ result }) => result !== undefined);
    expect(whole.length).toBe(3);
    expect(seen.built).toBeLessThanOrEqual(8);
    expect(seen.most).toBeLessThanOrEqual(8);
    // Those that were not tried any more, too.
    expect(seen.tried).toBeLessThan(50);
    expect(answers.at(-1)?.error).toMatchObject({ code: -32005, data: { code: "RESPONSE_TOO_LARGE" } });
    expect(answers.at(-1)?.error?.message).toContain("separately");
  });

  it("keep all answers together within one bound, and other clients' requests going on (SPEC 8.1, 8.4)", async () => {
    const { group, seen } = await largeGroup();
    // Room for two such blocks; half of it for one address.
    await start([group], { maxAnswerBytes: 4 * 3 * BLOCK_BYTES });
    const asked = Array.from({ length: 20 }, (_, id) => postJson(node.url, JSON.stringify({ ...FULL, id })));
    expect((await rpc(node.url, "eth_blockNumber")).result).toBe("0x2");
    const answers = await Promise.all(asked);
    expect(answers.every(({ result }) => (result as unknown as { number: string }).number === "0x2")).toBe(true);
    expect(seen.built).toBe(20);
  });

  it("ask a group no more for a client that has left (SPEC 8.6)", async () => {
    const { group, seen } = await largeGroup();
    await start([group]);
    let release = () => {};
    seen.hold = new Promise<void>((resolve) => (release = resolve));
    const leaving = new AbortController();
    const asked = fetch(node.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ ...FULL, id }))),
      signal: leaving.signal,
    }).catch(() => null);
    await eventually(() => seen.running === 8);
    leaving.abort();
    await asked;
    // The server notices before it is answered.
    expect((await rpc(node.url, "eth_chainId")).result).toBe("0x10001");
    release();
    await eventually(() => seen.running === 0);
    expect((await rpc(node.url, "eth_blockNumber")).result).toBe("0x2");
    expect(seen.tried).toBe(8);
  });

  it("hold a bounded part of the answers that a WebSocket does not read, and cut it (SPEC 8.7)", async () => {
    const { group, seen } = await largeGroup();
    await start([group], { maxAnswerBytes: 40 * BLOCK_BYTES });
    const socket = new WebSocket(`${node.wsUrl}/group/1`);
    await new Promise((resolve) => socket.on("open", resolve));
    const closed = new Promise<number>((resolve) => socket.on("close", resolve));
    socket.pause();
    for (let id = 0; id < 128; id++) socket.send(JSON.stringify({ ...FULL, id }));
    // A quarter of the budget is four answers; what the kernel takes is not held.
    await eventually(() => seen.built > 0 && seen.running === 0);
    for (let i = 0; i < 20; i++) await rpc(node.url, "eth_blockNumber");
    expect(seen.built).toBeLessThan(30);
    expect(await gauge("fb_rpc_answer_bytes")).toBeLessThanOrEqual(10 * BLOCK_BYTES);
    await clock.advanceAsync(60_000);
    socket.resume();
    expect(await closed).toBe(1006);
    expect(await gauge("fb_rpc_answer_bytes")).toBe(0);
  });

  it("cut an HTTP client that does not read its answer (SPEC 8.7)", async () => {
    const { group, seen } = await largeGroup();
    await start([group]);
    const client = await connectRaw(node.url);
    client.socket.pause();
    client.post("/", JSON.stringify(Array.from({ length: 12 }, (_, id) => ({ ...FULL, id }))));
    await eventually(() => seen.built === 12);
    // It is being written for as long as the kernel takes something.
    await eventually(async () => {
      await rpc(node.url, "eth_blockNumber");
      return (await gauge("fb_rpc_answer_bytes")) > BLOCK_BYTES;
    });
    await clock.advanceAsync(20_000);
    client.socket.resume();
    await eventually(() => client.isClosed());
    expect(client.received()).toBeLessThan(12 * 2 * BLOCK_BYTES);
    expect(await gauge("fb_rpc_answer_bytes")).toBe(0);
    expect(metrics.cut()).toEqual(["answer"]);
  });

  it("close a subscriber that reads nothing when its notifications are too many, and nobody else (SPEC 8.2)", async () => {
    const group = await startGroup(1, { autoMine: false });
    await start([group], { maxUnsentBytes: 1_000_000 });
    const open = async () => {
      const socket = new WebSocket(`${node.wsUrl}/group/1`);
      await new Promise((resolve) => socket.on("open", resolve));
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] }));
      await new Promise((resolve) => socket.once("message", resolve));
      return socket;
    };
    const [slow, quick] = [await open(), await open()];
    const closed = new Promise<number>((resolve) => slow.on("close", resolve));
    let heads = 0;
    quick.on("message", () => heads++);
    slow.pause();
    let told = 0;
    const record = await group.query.head();
    // As large as a header may be, so that the kernel's buffers are soon full.
    const large = { ...record, header: { ...record.header, extraData: new Uint8Array(100_000) } };
    while (told < 200) {
      node.directory.tell({ type: "head", groupId: group.info.groupId, head: large });
      told++;
      await eventually(() => heads === told);
    }
    slow.resume();
    expect(await closed).toBe(1013);
    expect(heads).toBe(200);
    quick.close();
  });

  it("count what has arrived of a body, not what was announced (SPEC 8.8)", async () => {
    const group = await startGroup(1);
    await start([group], { maxInFlightBytes: 6 << 20, bodyProgressMs: 10_000 });
    const slow = await Promise.all(Array.from({ length: 60 }, () => connectRaw(node.url)));
    for (const client of slow) client.write(`${client.head("/", 5 << 20)}{`);
    expect((await rpc(node.url, "eth_chainId")).result).toBe("0x10001");
    await clock.advanceAsync(12_000);
    for (const client of slow) expect(await client.status()).toBe(408);
  });

  it("count a message of a WebSocket until it is answered (SPEC 8.14)", async () => {
    const { group, seen } = await largeGroup();
    await start([group]);
    let release = () => {};
    seen.hold = new Promise<void>((resolve) => (release = resolve));
    const socket = new WebSocket(`${node.wsUrl}/group/1`);
    await new Promise((resolve) => socket.on("open", resolve));
    const answered = new Promise((resolve) => socket.on("message", resolve));
    socket.send(JSON.stringify({ ...FULL, id: 1 }) + " ".repeat(200_000));
    await eventually(() => seen.running === 1);
    expect(await gauge("fb_rpc_body_bytes")).toBeGreaterThan(200_000);
    release();
    await answered;
    await eventually(() => seen.running === 0);
    expect(await gauge("fb_rpc_body_bytes")).toBe(0);
    socket.terminate();
  });

  it("refuse first the body that has been arriving for longest when there are too many bytes (SPEC 8.8)", async () => {
    const group = await startGroup(1);
    await start([group], { maxInFlightBytes: 4 << 20, bodyProgressMs: 1e9 });
    const slow = await connectRaw(node.url);
    slow.write(`${slow.head("/", 5 << 20)}${" ".repeat(1_500_000)}`);
    await eventually(async () => (await gauge("fb_rpc_body_bytes")) === 1_500_000);
    const body = `${" ".repeat(1_000_000)}{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`;
    const quick = await post(node.url, body);
    expect([quick.status, await slow.status()]).toEqual([200, 503]);
  });

  it("have a share of connections for each address; the longest idle one makes room (SPEC 8.2, 8.9)", async () => {
    const group = await startGroup(1);
    await start([group], { maxConnections: 8 });
    const clients: RawClient[] = [];
    for (let i = 0; i < 4; i++) {
      const client = await connectRaw(node.url);
      client.post("/", JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId" }));
      expect(await client.status()).toBe(200);
      clients.push(client);
    }
    // The first one is used again, so the second one is idle for longest.
    clients[0]!.post("/", JSON.stringify({ jsonrpc: "2.0", id: 2, method: "eth_chainId" }));
    await eventually(() => clients[0]!.text().includes('"id":2'));
    const fifth = await connectRaw(node.url);
    fifth.post("/", JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId" }));
    expect(await fifth.status()).toBe(200);
    await eventually(() => clients[1]!.isClosed());
    expect(clients.map((client) => client.isClosed())).toEqual([false, true, false, false]);
  });

  it("cost by the count that is asked for (SPEC 8.3)", async () => {
    const group = await startGroup(1);
    await start([group]);
    let running = 0;
    let most = 0;
    group.override(({ headers }) => ({
      async headers(...args) {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return headers(...args);
      },
    }));
    const ask = (count: number) =>
      Promise.all(Array.from({ length: 30 }, () => rpc(node.url, "eth_feeHistory", [count, "latest", []])));
    await ask(1024);
    expect(most).toBeLessThanOrEqual(7);
    most = 0;
    await ask(1);
    expect(most).toBeGreaterThan(7);
  });

  it("have a quarter of a group's filters; one that nobody polls makes room (SPEC 8.2)", async () => {
    const group = await startGroup(1);
    await start([group], { maxFiltersPerGroup: 16 });
    const ids: unknown[] = [];
    const create = async () => (await rpc(node.url, "eth_newBlockFilter")) as Answer;
    for (let i = 0; i < 4; i++) ids.push((await create()).result);
    expect((await create()).error).toMatchObject({ code: -32005, data: { code: "FILTERS_FULL" } });
    await clock.advanceAsync(61_000);
    expect((await rpc(node.url, "eth_getFilterChanges", [ids[0]])).result).toEqual([]);
    expect((await create()).error).toBeUndefined();
    expect((await rpc(node.url, "eth_getFilterChanges", [ids[0]])).result).toEqual([]);
    expect((await rpc(node.url, "eth_getFilterChanges", [ids[1]])).error).toMatchObject({
      data: { code: "FILTER_NOT_FOUND" },
    });
  });

  it("do not hold up close() (SPEC 8.12)", async () => {
    const { group, seen } = await largeGroup();
    await start([group], { closeMs: 2000 });
    seen.hold = new Promise(() => {});
    const asked = postJson(node.url, JSON.stringify({ ...FULL, id: 1 })).catch(() => "cut");
    await eventually(() => seen.running === 1);
    const closed = node.close();
    await clock.advanceAsync(2000);
    await closed;
    expect(await asked).toBe("cut");
  });
});
