import { MessageChannel } from "node:worker_threads";
import { FbError } from "@fb/types";
import { afterEach, describe, expect, it } from "vitest";
import { callPort, servePort } from "./port-call.ts";

interface Calculator {
  add(a: number, b: number): Promise<number>;
  fail(): Promise<never>;
  crash(): Promise<never>;
  never(): Promise<number>;
  reverse(bytes: Uint8Array): Promise<Uint8Array>;
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
};

let cleanup: (() => void)[] = [];
afterEach(() => {
  for (const close of cleanup) close();
  cleanup = [];
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
