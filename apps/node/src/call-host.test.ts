import type { CallSource } from "@fb/ledger/calls";
import { createPrometheusRegister, renderMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import { EMPTY, type GroupId } from "@fb/types";
import { describe, expect, it, onTestFinished } from "vitest";
import { CallHost } from "./call-host.ts";

/** Threads that are unlike the real one, each in the way its name says. */
const PROGRAMS = {
  answers: `import { workerData } from "node:worker_threads";
    workerData.calls.on("message", ({ calls }) => workerData.calls.postMessage(
      { replies: calls.filter((call) => call.length > 1).map(([id]) => [id, true, "answer"]) }));`,
  "loads, then stops answering": `import { workerData } from "node:worker_threads";
    workerData.calls.on("message", ({ calls }) => {
      const pings = calls.filter(([, method]) => method === "ping");
      workerData.calls.postMessage({ replies: pings.map(([id]) => [id, true, null]) });
      if (pings.length < calls.length) for (;;);
    });`,
  "never loads": "for (;;);",
  throws: `throw new TypeError("broken");`,
};

const REQUEST = {
  from: null,
  to: null,
  value: 0n,
  data: EMPTY,
  gas: null,
  gasPrice: 0n,
  priorityFee: 0n,
  accessList: [],
  nonce: null,
};
const NO_SOURCE = {} as CallSource;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function open(program: keyof typeof PROGRAMS) {
  const clock = createFakeClock();
  const metrics = createPrometheusRegister({});
  const host = new CallHost(
    {
      chainId: 1,
      groupId: 1 as GroupId,
      program: new URL(`data:text/javascript,${encodeURIComponent(PROGRAMS[program])}`),
    },
    { source: NO_SOURCE, clock, log: createCapturingLogger(), metrics: metrics.register },
  );
  onTestFinished(() => host.close());
  const ended = async () => {
    const text = await renderMetrics([await metrics.snapshot()]);
    return [...text.matchAll(/threads_ended_total{ending="(\w+)"} (\d+)/g)].map(([, ending, count]) => [ending, count]);
  };
  const call = (signal = new AbortController().signal) => host.call(REQUEST, 1, 1n, signal);
  return { clock, host, call, ended };
}

describe("a thread of calls", () => {
  it("answers, ends when nobody asks any more, and is started again", async () => {
    const { clock, call, ended } = open("answers");
    for (let round = 1; round <= 2; round++) {
      expect(await call()).toBe("answer");
      clock.advance(29_999);
      expect(await call()).toBe("answer");
      clock.advance(29_999);
      expect(await ended()).toEqual(round === 1 ? [] : [["idle", "1"]]);
      clock.advance(1);
      expect(await ended()).toEqual([["idle", String(round)]]);
    }
  });

  it("is ended when it does not get to what it is asked, and fails the calls it had", async () => {
    const { clock, call, ended } = open("loads, then stops answering");
    const client = new AbortController();
    const [left, other] = [call(client.signal), call()];
    // It was seen to be loaded: what the host asked first is answered.
    await expect.poll(() => clock.pending()).toBe(0);
    client.abort();
    await expect(left).rejects.toMatchObject({ code: "PORT_CANCELLED" });
    await settle();
    clock.advance(2_500);
    expect(await ended()).toEqual([]);
    clock.advance(500);
    await expect(other).rejects.toMatchObject({ code: "PORT_CLOSED" });
    expect(await ended()).toEqual([["stuck", "1"]]);
  });

  it("has longer to load, but not for ever", async () => {
    const { clock, call, ended } = open("never loads");
    const waiting = call();
    clock.advance(29_500);
    expect(await ended()).toEqual([]);
    clock.advance(500);
    await expect(waiting).rejects.toMatchObject({ code: "PORT_CLOSED" });
    expect(await ended()).toEqual([["stuck", "1"]]);
  });

  it("that fails takes nothing with it", async () => {
    const { call, ended } = open("throws");
    for (let round = 1; round <= 2; round++) {
      await expect(call()).rejects.toMatchObject({ code: "PORT_CLOSED" });
      await expect.poll(ended).toEqual([["crashed", String(round)]]);
    }
  });

  it("ends with the group, and does not begin again", async () => {
    const { host, call, ended } = open("answers");
    await call();
    await host.close();
    expect(await ended()).toEqual([["closed", "1"]]);
    await expect(call()).rejects.toMatchObject({ code: "PORT_CLOSED" });
  });
});
