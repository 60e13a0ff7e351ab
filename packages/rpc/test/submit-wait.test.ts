import type { SoloGroup } from "@fb/ledger/testing";
import { createFakeClock } from "@fb/runtime/testing";
import { FbError } from "@fb/types";
import { Wallet } from "ethers";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { RpcServerOptions } from "../src/index.ts";
import { startTestServer, type TestServer } from "../src/testing/index.ts";
import { ACCOUNT, type Answer, KEY, post, rpc, startGroup } from "./fixture.ts";

const wallet = new Wallet(KEY);
const sign = (nonce: number, value = 0) =>
  wallet.signTransaction({ chainId: 65537, nonce, gasLimit: 21_000, gasPrice: 0, to: ACCOUNT, value });
const body = (raw: string) =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_sendRawTransaction", params: [raw] });

/** A node whose group makes a block only when told to, and whose time stands still. */
describe("the answer to a submission", () => {
  const clock = createFakeClock();
  let group: SoloGroup;
  let node: TestServer;
  const start = async (options: Partial<RpcServerOptions> = {}) => {
    group = await startGroup(1, { autoMine: false });
    node = await startTestServer([group], options, { clock });
  };
  afterEach(() => node.close());

  /** Transactions in the pool. */
  const waiting = async ({ query }: SoloGroup = group) => {
    const { pending, queued } = (await query.status()).pool;
    return pending + queued;
  };

  /** Sends one transaction; `answered` tells whether the answer has come. */
  const submit = async (nonce: number) => {
    const waitingBefore = await waiting();
    const sent = { answered: false, response: post(node.url, body(await sign(nonce))) };
    void sent.response.then(() => (sent.answered = true));
    while ((await waiting()) === waitingBefore && !sent.answered) await rpc(node.url, "eth_chainId");
    return sent;
  };
  /** Two requests later whatever could be answered by now has been. */
  const settle = async () => {
    for (let i = 0; i < 2; i++) await rpc(node.url, "eth_chainId");
  };
  /** A block, and the time for which clients keep what they read. */
  const mine = async () => {
    await group.mine();
    await settle();
    await clock.advanceAsync(260);
  };
  const read = async (response: Promise<Response>) => {
    const one = await response;
    return { submit: one.headers.get("x-fb-submit"), answer: (await one.json()) as Answer };
  };

  it("comes with the receipt while the group is idle (SPEC 3.3)", async () => {
    await start();
    const sent = await submit(0);
    await settle();
    expect(sent.answered).toBe(false);
    await mine();
    const { submit: state, answer } = await read(sent.response);
    expect(state).toBe("durable");
    const receipt = (await rpc(node.url, "eth_getTransactionReceipt", [answer.result])).result as unknown;
    expect(receipt).toMatchObject({ blockNumber: "0x2", status: "0x1" });
    expect(clock.pending()).toBeLessThan(10);
  });

  it("waits for what clients keep of their reads, and no longer than submit_wait_ms", async () => {
    await start({ submitWaitMs: 200 });
    const sent = await submit(0);
    await group.mine();
    await settle();
    await clock.advanceAsync(199);
    await settle();
    expect(sent.answered).toBe(false);
    await clock.advanceAsync(1);
    expect((await read(sent.response)).submit).toBe("durable");
  });

  it("comes after submit_wait_ms without a block, and says so (SPEC 3.2)", async () => {
    await start({ submitWaitMs: 300 });
    const sent = await submit(0);
    await clock.advanceAsync(299);
    await settle();
    expect(sent.answered).toBe(false);
    await clock.advanceAsync(1);
    expect((await read(sent.response)).submit).toBe("accepted");
  });

  it("comes soon for a transaction that is queued behind a gap, unless the gap is filled meanwhile (SPEC 3.3)", async () => {
    await start();
    const alone = await submit(1);
    await settle();
    expect(alone.answered).toBe(false);
    await clock.advanceAsync(260);
    expect((await read(alone.response)).submit).toBe("accepted");

    const helped = await submit(2);
    await settle();
    const missing = await submit(0);
    await settle();
    await clock.advanceAsync(260);
    await settle();
    expect([helped.answered, missing.answered]).toEqual([false, false]);
    await mine();
    for (const one of [helped, missing]) expect((await read(one.response)).submit).toBe("durable");
  });

  it("comes at once when the wait is switched off", async () => {
    await start({ submitWaitMs: 0 });
    expect((await read((await submit(0)).response)).submit).toBe("accepted");
  });

  it("comes at once under load, and waits again when it is over", async () => {
    await start({ limits: { busySubmits: 3 } });
    const held = [await submit(0), await submit(1), await submit(2)];
    expect((await read((await submit(3)).response)).submit).toBe("accepted");
    await settle();
    expect(held.map(({ answered }) => answered)).toEqual([false, false, false]);
    await mine();
    for (const one of held) expect((await read(one.response)).submit).toBe("durable");
    expect((await read((await submit(4)).response)).submit).toBe("accepted");
    clock.advance(5000);
    const later = await submit(5);
    await mine();
    expect((await read(later.response)).submit).toBe("durable");
  });

  it("is the error when the pool drops the transaction meanwhile", async () => {
    await start();
    const sent = await submit(1);
    // What is queued gives way to another transaction with its nonce.
    const other = post(node.url, body(await sign(1, 1)));
    const { submit: state, answer } = await read(sent.response);
    expect(state).toBeNull();
    expect(answer.error).toMatchObject({ code: -32000, data: { code: "TX_DROPPED" } });
    await clock.advanceAsync(260);
    expect((await read(other)).submit).toBe("accepted");
  });

  it("is the error when the group halts meanwhile, at once", async () => {
    await start();
    const sent = await submit(0);
    await settle();
    await group.halt();
    const { submit: state, answer } = await read(sent.response);
    expect(state).toBeNull();
    expect(answer.error).toMatchObject({ code: -32000, data: { code: "HALTED" } });
  });

  it("is one header for a batch: durable only when all are", async () => {
    await start({ limits: { busySubmits: 1 } });
    const items = await Promise.all([0, 1].map(async (nonce) => JSON.parse(body(await sign(nonce)))));
    const response = post(node.url, JSON.stringify(items));
    while ((await waiting()) < 2) await rpc(node.url, "eth_chainId");
    await mine();
    expect((await response).headers.get("x-fb-submit")).toBe("accepted");
  });

  it("asks the group once for each head, however many wait", async () => {
    await start();
    const asked: number[] = [];
    for (const nonce of [0, 1, 2, 3]) void (await submit(nonce));
    await settle();
    group.override(({ fates }) => ({
      fates(hashes) {
        asked.push(hashes.length);
        return fates(hashes);
      },
    }));
    await group.mine();
    await settle();
    expect(asked).toEqual([4]);
  });

  it("is given up when the client goes, the group stops or the server closes", async () => {
    await start();
    const gone = new AbortController();
    const lost = fetch(node.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: body(await sign(0)),
      signal: gone.signal,
    }).catch(() => "gone");
    while ((await waiting()) < 1) await rpc(node.url, "eth_chainId");
    const stays = await submit(1);
    gone.abort();
    expect(await lost).toBe("gone");
    const asked: number[] = [];
    group.override(() => ({
      async fates(hashes) {
        asked.push(hashes.length);
        return hashes.map(() => "waiting");
      },
    }));
    while (asked.at(-1) !== 1) {
      await group.mine();
      await settle();
    }
    node.directory.stop(group);
    expect((await read(stays.response)).submit).toBe("accepted");
    node.directory.add(group);
    const last = await submit(2);
    await node.close();
    await Promise.allSettled([last.response]);
  });

  it("is held for a group that has taken the place of one that stopped in the middle of a submission", async () => {
    await start();
    const successor = await startGroup(1, { autoMine: false });
    group.override(({ submit }) => ({
      async submit(raws) {
        const outcomes = await submit(raws);
        node.directory.stop(group);
        node.directory.add(successor);
        return outcomes;
      },
      fates: () => Promise.reject(new FbError("PORT_CLOSED", "gone")),
    }));
    expect((await read((await submit(0)).response)).submit).toBe("accepted");
    const sent = post(node.url, body(await sign(0)));
    while ((await waiting(successor)) === 0) await rpc(node.url, "eth_chainId");
    await settle();
    await successor.mine();
    await settle();
    await clock.advanceAsync(260);
    expect((await read(sent)).submit).toBe("durable");
  });

  it("is held over WebSocket and for the names of the 2.x line, too", async () => {
    await start();
    const socket = new WebSocket(node.wsUrl);
    await new Promise((resolve) => socket.on("open", resolve));
    const answers: string[] = [];
    socket.on("message", (bytes) => answers.push(String(bytes)));
    const answered = new Promise((resolve) => socket.once("message", resolve));
    socket.send(body(await sign(0)));
    while ((await waiting()) < 1) await rpc(node.url, "eth_chainId");
    const named = rpc(node.url, "sendRawTransaction", [1, await sign(1)]);
    while ((await waiting()) < 2) await rpc(node.url, "eth_chainId");
    await settle();
    expect(answers).toEqual([]);
    await mine();
    await answered;
    const { result } = await named;
    expect((await rpc(node.url, "getTransactionReceipt", [1, result])).result).toMatchObject({ status: "0x0" });
    socket.close();
  });
});
