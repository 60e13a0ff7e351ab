import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import { FbError } from "@fb/types";
import { Wallet } from "ethers";
import { describe, expect, it } from "vitest";
import { startTestServer } from "../src/testing/index.ts";
import { ACCOUNT, type Answer, KEY, post, rpc, startGroup, startNode } from "./fixture.ts";

const CALL = [{ from: ACCOUNT, to: ACCOUNT }];

describe("overload and faults", () => {
  it("lets work beyond a group's share wait, refuses what does not fit there, and other groups' not", async () => {
    const groups = [await startGroup(1), await startGroup(2)] as const;
    const node = await startTestServer(groups, { limits: { maxCallsPerGroup: 1, maxWaiting: 2 } });
    let running = 0;
    let most = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    groups[0].override(({ call }) => ({
      async call(...args) {
        most = Math.max(most, ++running);
        await held;
        running--;
        return call(...args);
      },
    }));
    const asked = Array.from({ length: 4 }, () => rpc(`${node.url}/group/1`, "eth_call", CALL));
    const refused = await Promise.race(asked);
    expect(refused.error).toMatchObject({ code: -32005, data: { code: "BUSY", retryAfterMs: 1000 } });
    expect((await rpc(`${node.url}/group/2`, "eth_call", CALL)).result).toBe("0x");
    expect((await rpc(`${node.url}/group/1`, "eth_blockNumber")).result).toBe("0x0");
    release();
    const answers = await Promise.all(asked);
    expect(answers.filter(({ result }) => result === "0x")).toHaveLength(3);
    expect(most).toBe(1);
    await node.close();
  });

  it("bounds an answer whatever it is made of: errors, and ids of a batch that is too long (SPEC 1.3)", async () => {
    const node = await startNode({ limits: { maxResponseBytes: 20_000, maxBatch: 20 } });
    // Reverts with 8 KiB of zeros: PUSH2 0x2000, PUSH0, REVERT.
    const reverts = { jsonrpc: "2.0", method: "eth_call", params: [{ from: ACCOUNT, data: "0x6120005ffd" }] };
    const ask = async (items: readonly object[]) =>
      (await post(node.url, JSON.stringify(items.map((item, id) => ({ ...item, id }))))).text();
    const errors = await ask(Array.from({ length: 20 }, () => reverts));
    expect(errors.length).toBeLessThan(30_000);
    const codes = (JSON.parse(errors) as Answer[]).map(({ error }) => error?.code);
    expect(codes).toEqual([3, ...Array.from({ length: 19 }, () => -32005)]);

    const tooLong = await ask(Array.from({ length: 5_000 }, () => ({})));
    expect(JSON.parse(tooLong)).toMatchObject([{ id: null, error: { code: -32600 } }]);
    await node.close();
  });

  it("shows the groups that answer beside one that hangs and one that fails", async () => {
    const groups = [await startGroup(1), await startGroup(2), await startGroup(3)] as const;
    const clock = createFakeClock();
    const node = await startTestServer(groups, { operator: true }, { clock });
    const asked = new Promise<void>((resolve) => {
      groups[0].override(() => ({
        status() {
          resolve();
          return new Promise(() => {});
        },
      }));
    });
    groups[2].override(() => ({ status: () => Promise.reject(new FbError("PORT_BUSY", "busy")) }));
    const answer = rpc(node.url, "fb_groups");
    await asked;
    await clock.advanceAsync(1000);
    const hangs = { role: null, height: null, hash: null, ready: false, notReady: [{ code: "UNRESPONSIVE" }] };
    expect((await answer).result).toMatchObject([
      { id: 1, ...hangs },
      { id: 2, role: "leader", height: 0, ready: true, notReady: [] },
      { id: 3, ...hangs },
    ]);
    await node.close();
  });

  it("gathers transactions that arrive while a batch is admitted", async () => {
    const node = await startNode({ submitWaitMs: 0 }, { autoMine: false });
    const sizes: number[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    node.group.override(({ submit }) => ({
      async submit(raws) {
        sizes.push(raws.length);
        if (sizes.length === 1) await held;
        return submit(raws);
      },
    }));
    const wallet = new Wallet(KEY);
    const send = async (nonce: number) => {
      const raw = await wallet.signTransaction({ chainId: 65537, nonce, gasLimit: 21_000, gasPrice: 0, to: ACCOUNT });
      return rpc(node.url, "eth_sendRawTransaction", [raw]);
    };
    const first = send(0);
    while (sizes.length === 0) await rpc(node.url, "eth_chainId");
    const rest = [1, 2, 3].map(send);
    for (let i = 0; i < 10; i++) await rpc(node.url, "eth_chainId");
    release();
    expect((await Promise.all([first, ...rest])).filter(({ error }) => error !== undefined)).toEqual([]);
    expect(sizes).toEqual([1, 3]);
    await node.close();
  });

  it("does not tell clients about faults of the node, but tells the log", async () => {
    const group = await startGroup(1);
    const log = createCapturingLogger();
    const node = await startTestServer([group], {}, { log });
    const failures: [unknown, object][] = [
      [new Error("secret path /data"), { code: -32603, message: "internal error" }],
      [new FbError("PORT_BUSY", "x"), { code: -32005, message: "server busy, retry later" }],
      [new FbError("PORT_CLOSED", "x"), { code: -32000, data: { code: "HALTED" } }],
    ];
    for (const [failure, error] of failures) {
      group.override(() => ({ head: () => Promise.reject(failure) }));
      expect((await rpc(node.url, "eth_blockNumber")).error).toMatchObject(error);
    }
    expect(log.lines.filter(({ event }) => event === "rpc-request-failed")).toHaveLength(1);
    // The group stops while it is asked: the same answer as if it had never been.
    group.override(() => ({
      async head() {
        node.directory.stop(group);
        throw new FbError("PORT_CLOSED", "x");
      },
    }));
    expect((await rpc(node.url, "eth_blockNumber")).error?.code).toBe(-40001);
    await node.close();
  });

  it("refuses what may be large while memory is short (SPEC 8.11)", async () => {
    const node = await startNode();
    const block = () => rpc(node.url, "eth_getBlockByNumber", ["latest", true]);
    node.server.shed(1);
    expect((await block()).error).toMatchObject({ code: -32005, data: { code: "BUSY" } });
    expect((await rpc(node.url, "eth_blockNumber")).result).toBe("0x0");
    node.server.shed(0);
    expect((await block()).error).toBeUndefined();
    await node.close();
  });

  it("closes twice, before and after starting", async () => {
    const node = await startNode();
    await Promise.all([node.close(), node.close()]);
    await expect(rpc(node.url, "eth_chainId")).rejects.toThrow();
  });
});
