import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createGroup, type Group, type GroupFact } from "@fb/ledger";
import { createRemoteChannel } from "@fb/p2p-whitelist";
import { collectGarbage, createPrometheusRegister, type MemoryLevel, servePort, systemClock } from "@fb/runtime";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import { CallHost } from "../call-host.ts";
import { errorCode, threadLogger } from "../thread-log.ts";
import type { GroupControl, GroupThreadEvent, GroupWorkerCommand, GroupWorkerData } from "./messages.ts";
import { QueryPorts } from "./query-ports.ts";

/** One group in a thread of its own. Everything it can reach arrived in `workerData`. */
const data = workerData as GroupWorkerData;
const { groupId } = data.options.genesis;
const log = threadLogger(data.log, { group: groupId });
const metrics = createPrometheusRegister({ group: String(groupId) });
let group: Group | null = null;
let memoryLevel: MemoryLevel = 0;
let queries: QueryPorts | null = null;

const control = servePort<GroupControl, GroupThreadEvent>(data.control, {
  metricsSnapshot: metrics.snapshot,
  notReady: async () => group?.notReady() ?? [],
  async shed(level) {
    memoryLevel = level;
    group?.shed(level);
    if (level >= 2) collectGarbage();
  },
  async close() {
    // Whoever still asks is not waited for.
    queries?.close();
    try {
      await starting;
      await group?.close();
    } finally {
      // The answer to this call leaves at the end of this turn; after it, nothing keeps the thread alive.
      setImmediate(() =>
        setImmediate(() => {
          // Also what was opened while it still started.
          queries?.close();
          control.close();
        }),
      );
    }
  },
});

async function run(): Promise<void> {
  const suite = await createCryptoSuite();
  const backend = await openRocksdb({
    path: join(data.dataFolder, "state"),
    maxOpenFiles: data.maxOpenFiles,
  });
  group = await createGroup(data.options, {
    suite,
    evm: await createEvm({ suite }),
    backend,
    channel: createRemoteChannel(
      data.channel,
      { self: data.self, maxPayloadBytes: data.maxPayloadBytes },
      { log, metrics: metrics.register },
    ),
    privateKey: data.privateKey,
    createCalls: (source) =>
      new CallHost(
        {
          chainId: data.options.genesis.chainId,
          groupId,
          program: new URL(import.meta.resolve("@fb/node/call-worker")),
        },
        { source, clock: systemClock, log, metrics: metrics.register },
      ),
    clock: systemClock,
    log,
    metrics: metrics.register,
    onFact,
  });
  queries = new QueryPorts(group.query);
  group.shed(memoryLevel);
  await group.start();
  control.emit({ type: "ready", info: group.info });
}

function onFact(fact: GroupFact): void {
  if (fact.type === "head") queries?.emit({ type: "head", groupId, head: fact.head });
  else if (fact.type === "pending") queries?.emit({ type: "pending", groupId, hashes: fact.hashes });
  else {
    log.error("group-halted", { code: fact.code, message: fact.message });
    control.emit(fact);
    queries?.emit({ type: "halted", groupId });
  }
}

parentPort!.on("message", ({ port }: GroupWorkerCommand) => queries?.open(port));
// The host's ports keep this thread alive, its commands do not.
parentPort!.unref();

/** Ends when the group runs or has failed; what is half open cannot be closed. */
const starting = run().catch(async (error: unknown) => {
  log.error("group-start-failed", { code: errorCode(error), error });
  control.emit({
    type: "failed",
    code: errorCode(error),
    message: error instanceof Error ? error.message : String(error),
  });
  await group?.close().catch((failure: unknown) => log.error("group-close-failed", { error: failure }));
  // Peers see this group go, whatever of it was open.
  data.channel.close();
});
