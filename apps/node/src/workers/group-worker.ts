import { workerData } from "node:worker_threads";
import { createPrometheusRegister, systemClock } from "@fb/runtime";
import { createKeyRing } from "@fb/runtime/encryption";
import { CallHost } from "../call-host.ts";
import { threadLogger } from "../thread-log.ts";
import { createGroupThread } from "./group-thread.ts";
import { openBackend } from "./open-backend.ts";
import { rotationReport } from "./rotation-report.ts";
import type { GroupThreadData } from "./thread-api.ts";

/** One group in a thread of its own. Everything it can reach arrived in `workerData`. */
const data = workerData as GroupThreadData;
const { groupId, chainId } = data.options.genesis;
const log = threadLogger(data.log, { group: groupId });
const metrics = createPrometheusRegister({ group: String(groupId) });
const keys = data.keys && createKeyRing(data.keys);
const rotation = { clock: systemClock, report: rotationReport(log, metrics.register) };
const program = new URL(import.meta.resolve("@fb/node/call-worker"));

createGroupThread(data, {
  clock: systemClock,
  log,
  metrics,
  keys,
  openBackend: (waiting) =>
    openBackend(
      data.store,
      { maxOpenFiles: data.maxOpenFiles, keys, rotation },
      { clock: systemClock, log, metrics: metrics.register, ...waiting },
    ),
  createCalls: (source) =>
    new CallHost({ chainId, groupId, program }, { source, clock: systemClock, log, metrics: metrics.register }),
});
