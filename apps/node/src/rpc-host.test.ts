import { setTimeout as pause } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import type { GroupQuery } from "@fb/api";
import { servePort, systemClock } from "@fb/runtime";
import { createCapturingLogger } from "@fb/runtime/testing";
import { type GroupId, ZERO_HASH } from "@fb/types";
import { expect, it, onTestFinished } from "vitest";
import { freePort } from "../test/node-folder.ts";
import { RpcHost } from "./rpc-host.ts";

/** Between two looks at a thread that would be slowed down by more of them. */
const LOOK_EVERY_MS = 25;

const INFO = {
  groupId: 1 as GroupId,
  chainId: 1,
  genesisHash: ZERO_HASH,
  consensus: "pbft",
  state: "storage",
  chargeGas: false,
} as const;

it("a JSON-RPC thread that dies of memory is replaced, and the next one serves the same groups", async () => {
  const port = await freePort();
  const log = createCapturingLogger();
  let restarts = 0;
  const host = new RpcHost(
    {
      host: "127.0.0.1",
      port,
      operator: false,
      defaultGroup: 0,
      maxBodyBytes: 100_000,
      corsOrigins: [],
      hosts: [],
      submitWaitMs: 0,
      maxConnections: 10,
      maxHeapMb: 48,
      log: { level: "error", file: null, node: "test" },
    },
    {
      api: {
        info: () => Promise.reject(new TypeError("not asked")),
        metricsSnapshots: async () => [],
        backup: () => Promise.reject(new TypeError("not asked")),
        readiness: async () => ({ groups: [], memory: { level: 0, usedMb: 0, limitMb: 0 } }),
      },
      clock: systemClock,
      log,
      restarts: { inc: () => void restarts++ },
    },
  );
  onTestFinished(() => void host.close());
  await host.listening();
  let ports = 0;
  host.addGroup(INFO, () => {
    ports++;
    const { port1, port2 } = new MessageChannel();
    // An answer that no thread of this size can take.
    const totals = async () => Array.from({ length: 3_000_000 }, (_, i) => ({ i }));
    servePort<GroupQuery>(port1, { totals } as unknown as GroupQuery);
    return port2;
  });
  const ask = async (method: string, ...params: unknown[]) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`http://127.0.0.1:${port}/group/1`, { method: "POST", body, headers });
    return ((await response.json()) as { result?: unknown }).result;
  };
  const served = async () => {
    while ((await ask("eth_chainId").catch(() => null)) !== "0x10001") await pause(LOOK_EVERY_MS);
  };
  await served();
  await expect(ask("getTotalTransactionCount", 1)).rejects.toThrow();
  await served();
  expect([restarts, ports]).toEqual([1, 2]);
  expect(log.lines.filter(({ event }) => event === "rpc-thread-ended")).toMatchObject([
    { level: "error", fields: { module: "rpc", code: "ERR_WORKER_OUT_OF_MEMORY", restartInMs: 0 } },
  ]);
  expect(await host.close()).toBe(true);
});
