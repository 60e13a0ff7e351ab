import { workerData } from "node:worker_threads";
import type { GroupDirectory, GroupEvent, GroupHandle, GroupQuery } from "@fb/api";
import { createCryptoSuite } from "@fb/crypto";
import { createRpcServer, type RpcServer } from "@fb/rpc";
import {
  callPort,
  collectGarbage,
  createPrometheusRegister,
  type MemoryLevel,
  type PortClient,
  renderMetrics,
  servePort,
  systemClock,
  TypedEmitter,
} from "@fb/runtime";
import { errorCode, errorMessage } from "../errors.ts";
import { threadLogger } from "../thread-log.ts";
import { CLIENT_VERSION } from "../version.ts";
import { afterAnswer } from "./after-answer.ts";
import { giveWay } from "./give-way.ts";
import type { NodeThreadApi, RpcThreadApi, RpcThreadData, RpcThreadEvent } from "./thread-api.ts";

/** Calls of one thread to another that may wait for an answer. */
const MAX_IN_FLIGHT = 50_000;

interface Served extends GroupHandle {
  readonly client: PortClient<GroupQuery>;
}

/** A JSON-RPC server in a thread of its own: groups and the host answer it over ports. */
const data = workerData as RpcThreadData;
const module = data.operator ? "operator" : "rpc";
// What clients ask for must not keep a group from its blocks.
if (!data.operator) giveWay();
const log = threadLogger(data.log, { module });
const metrics = createPrometheusRegister({ module });
const control = servePort<RpcThreadApi, RpcThreadEvent>(data.control, {
  metricsSnapshot: metrics.snapshot,
  async shed(level) {
    memoryLevel = level;
    server?.shed(level);
    if (level >= 1) collectGarbage();
  },
  async serve(info, query) {
    const client = callPort<GroupQuery, GroupEvent>(query, {
      maxInFlight: MAX_IN_FLIGHT,
      onEvent: (event) => events.emit("event", event),
      // Its handle stays, and answers every call that the group has halted.
      onClose: () => events.emit("event", { type: "stopped", groupId: info.groupId }),
    });
    served.set(info.groupId, { info, query: client.api, client });
  },
  async close() {
    try {
      await starting;
      await server?.close();
    } finally {
      for (const { client } of served.values()) client.close();
      afterAnswer(letGo);
    }
  },
});
const host = callPort<NodeThreadApi>(data.nodePort, { maxInFlight: MAX_IN_FLIGHT });
const events = new TypedEmitter<{ event: GroupEvent }>((error) => log.error("listener-failed", { error }));
let server: RpcServer | null = null;
let memoryLevel: MemoryLevel = 0;
const served = new Map<number, Served>();

const groups: GroupDirectory = {
  list: () => [...served.values()].sort((a, b) => a.info.groupId - b.info.groupId),
  get: (groupId) => served.get(groupId),
  onEvent: (listener) => events.on("event", listener),
};

async function run(): Promise<void> {
  const own = createRpcServer(
    {
      host: data.host,
      port: data.port,
      operator: data.operator,
      ...(data.defaultGroup === 0 ? {} : { defaultGroup: data.defaultGroup }),
      clientVersion: CLIENT_VERSION,
      corsOrigins: data.corsOrigins,
      hosts: data.hosts,
      limits: { maxBodyBytes: data.maxBodyBytes, maxConnections: data.maxConnections },
      submitWaitMs: data.submitWaitMs,
    },
    {
      groups,
      node: host.api,
      metricsText: async () => renderMetrics(await host.api.metricsSnapshots()),
      suite: await createCryptoSuite(),
      clock: systemClock,
      log,
      metrics: metrics.register,
    },
  );
  server = own;
  own.shed(memoryLevel);
  await own.start();
  control.emit({ type: "listening" });
}

/** Without its ports nothing keeps this thread alive. */
function letGo(): void {
  host.close();
  control.close();
}

const starting = run().catch((error: unknown) => {
  control.emit({ type: "failed", code: errorCode(error), message: errorMessage(error) });
  afterAnswer(letGo);
});
