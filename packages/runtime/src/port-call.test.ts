import { getEventListeners, once } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { FbError } from "@fb/types";
import { afterEach, describe, expect, it } from "vitest";
import { callPort, servePort } from "./port-call.ts";

interface Calculator {
  add(a: number, b: number): Promise<number>;
  fail(): Promise<never>;
  crash(): Promise<never>;
  never(): Promise<number>;
  reverse(bytes: Uint8Array): Promise<Uint8Array>;
  addUnless(a: number, b: number, signal?: AbortSignal): Promise<number>;
  untilAborted(answer: string, signal: AbortSignal): Promise<string>;
  greet(name: string, port: MessagePort): Promise<void>;
}

const calculator: Calculator = {
  add: async (a, b) => a + b,
  fail: async () => {
    throw new FbError("POOL_FULL", "try later", { limit: 3 });
  },
  crash: async () => {
    throw new TypeError("oops");
  },
  never: () => new Promise(() => {}),
  reverse: async (bytes) => bytes.toReversed(),
  addUnless: async (a, b, signal) => (signal?.aborted === false ? a + b : Number.NaN),
  greet: async (name, port) => port.postMessage(`hello ${name}`),
  untilAborted: (answer, signal) =>
    new Promise((resolve) => {
      begun.push(answer);
      signal.addEventListener("abort", () => {
        aborted.push(answer);
        resolve(answer);
      });
    }),
};

/** What `untilAborted` was called with, and what of it was aborted. */
let begun: string[] = [];
let aborted: string[] = [];

let cleanup: (() => void)[] = [];
afterEach(() => {
  for (const close of cleanup) close();
  cleanup = [];
  begun = [];
  aborted = [];
});

function connect(maxInFlight = 100) {
  const { port1, port2 } = new MessageChannel();
  const events: string[] = [];
  const server = servePort<Calculator, string>(port1, calculator);
  const client = callPort<Calculator, string>(port2, { maxInFlight, onEvent: (event) => events.push(event) });
  cleanup.push(server.close, client.close);
  return { api: client.api, server, events, port1, port2 };
}

describe("calls over a port", () => {
  it("hands over a port that is an argument", async () => {
    const { api } = connect();
    const { port1, port2 } = new MessageChannel();
    const heard = once(port1, "message");
    await api.greet("you", port2);
    expect(await heard).toEqual(["hello you"]);
    port1.close();
  });

  it("answers each call with its own result", async () => {
    const { api } = connect();
    const sums = await Promise.all(Array.from({ length: 50 }, (_, i) => api.add(i, 1)));
    expect(sums).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(await api.reverse(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(2, 1));
  });

  it("sends the calls of one turn in one message", async () => {
    const { api, port1 } = connect();
    let messages = 0;
    port1.on("message", () => messages++);
    await Promise.all([api.add(1, 1), api.add(2, 2), api.add(3, 3)]);
    expect(messages).toBe(1);
  });

  it("keeps code and fields of an error, and gives one to a crash", async () => {
    const { api } = connect();
    await expect(api.fail()).rejects.toMatchObject({ code: "POOL_FULL", fields: { limit: 3 } });
    await expect(api.crash()).rejects.toMatchObject({ code: "PORT_CALL_FAILED", message: "oops" });
  });

  it("refuses names the api does not have", async () => {
    const { api } = connect();
    await expect((api as unknown as { nothing(): Promise<void> }).nothing()).rejects.toMatchObject({
      code: "PORT_CALL_FAILED",
    });
  });

  it("bounds the calls in flight", async () => {
    const { api, server } = connect(1);
    const pending = api.never();
    await expect(api.add(1, 1)).rejects.toMatchObject({ code: "PORT_BUSY" });
    server.close();
    await expect(pending).rejects.toMatchObject({ code: "PORT_CLOSED" });
  });

  it("rejects what waits, and later calls, when the other side goes away", async () => {
    const { api, server } = connect();
    const pending = api.never();
    server.close();
    await expect(pending).rejects.toMatchObject({ code: "PORT_CLOSED" });
    await expect(api.add(1, 1)).rejects.toMatchObject({ code: "PORT_CLOSED" });
  });

  it("delivers events in order", async () => {
    const { api, server, events } = connect();
    for (const name of ["a", "b", "c"]) server.emit(name);
    await api.add(1, 1);
    expect(events).toEqual(["a", "b", "c"]);
  });
});

describe("a signal as last argument", () => {
  it("crosses, and leaves the answer of a call that ends by itself", async () => {
    const { api } = connect();
    expect(await api.addUnless(1, 2, new AbortController().signal)).toBe(3);
    expect(await api.addUnless(1, 2)).toBeNaN();
  });

  it("rejects the caller at once and aborts the method", async () => {
    const { api } = connect();
    const controller = new AbortController();
    const call = api.untilAborted("a", controller.signal);
    const other = api.untilAborted("b", new AbortController().signal);
    other.catch(() => {});
    await api.add(1, 1);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "PORT_CANCELLED" });
    await api.add(1, 1);
    expect(aborted).toEqual(["a"]);
  });

  it("frees the place of an aborted call", async () => {
    const { api } = connect(1);
    const controller = new AbortController();
    const call = api.untilAborted("a", controller.signal);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "PORT_CANCELLED" });
    expect(await api.add(1, 1)).toBe(2);
  });

  it("refuses a signal that is aborted already, without asking the other side", async () => {
    const { api } = connect();
    await expect(api.untilAborted("a", AbortSignal.abort())).rejects.toMatchObject({ code: "PORT_CANCELLED" });
    await api.add(1, 1);
    expect(begun).toEqual([]);
  });

  it("tells of a call and its end in the order they happened, within one turn too", async () => {
    const { api } = connect();
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [api.untilAborted("a", first.signal)];
    await api.add(1, 1);
    first.abort();
    calls.push(api.untilAborted("b", second.signal));
    second.abort();
    await Promise.allSettled(calls);
    await api.add(1, 1);
    expect(begun).toEqual(["a", "b"]);
    expect(aborted).toEqual(["a", "b"]);
  });

  it("is aborted when the port closes", async () => {
    const { api, port2, port1 } = connect();
    const call = api.untilAborted("a", new AbortController().signal);
    await api.add(1, 1);
    const closed = new Promise((resolve) => port1.on("close", () => resolve(null)));
    port2.close();
    await expect(call).rejects.toMatchObject({ code: "PORT_CLOSED" });
    await closed;
    expect(aborted).toEqual(["a"]);
  });

  it("ends all the calls it was given to, and keeps no listener of a call that has ended", async () => {
    const { api } = connect(10_000);
    const controller = new AbortController();
    const { signal } = controller;
    const count = () => getEventListeners(signal, "abort").length;
    for (let round = 0; round < 3; round++) {
      const sums = Array.from({ length: 1000 }, (_, i) => api.addUnless(i, 1, signal));
      expect(count()).toBe(1);
      await Promise.all(sums);
      expect(count()).toBe(0);
    }
    const calls = Array.from({ length: 1000 }, (_, i) => api.untilAborted(String(i), signal));
    await api.add(1, 1);
    controller.abort();
    const ends = await Promise.allSettled(calls);
    expect(ends.every((end) => end.status === "rejected" && end.reason.code === "PORT_CANCELLED")).toBe(true);
    await api.add(1, 1);
    expect(aborted).toHaveLength(1000);
    expect(count()).toBe(0);
  });
});
