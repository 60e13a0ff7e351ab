import { X509Certificate } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { BackupAnswer, BackupRequest, GroupReadiness } from "@fb/api";
import type { NodeConfig } from "@fb/config";
import { createNetwork, type Network } from "@fb/p2p-whitelist";
import { collectGarbage, createPrometheusRegister, type Logger, systemClock, systemRng } from "@fb/runtime";
import type { MasterKey } from "@fb/runtime/encryption";
import type { GroupId } from "@fb/types";
import { descriptorAdvice, descriptorLimit, OPERATOR_CONNECTIONS, planDescriptors } from "./descriptors.ts";
import { GroupHost } from "./group-host.ts";
import { MemoryWatch, memoryLimit } from "./memory-watch.ts";
import { createNodeLog } from "./node-log.ts";
import type { NodeSetup } from "./node-setup.ts";
import { compareSetups, networkOptions } from "./reload.ts";
import { RpcHost } from "./rpc-host.ts";
import type { ThreadLog } from "./thread-log.ts";
import { endsWithin } from "./time-limit.ts";
import type { RpcThreadOptions } from "./workers/thread-api.ts";

/** The connections of peers are not waited for any longer. */
const NETWORK_STOP_TIMEOUT_MS = 1_000;
/** Several times what clients may make it hold: a thread that needs more is replaced before it takes the memory of others. */
const MAX_RPC_HEAP_MB = 1024;
const NOT_SERVED = { code: "NOT_SERVED", message: "the JSON-RPC thread does not serve the group yet" } as const;

/** The whole process: one network, one JSON-RPC thread for clients and one for the operator, one thread for each group. */
export interface Node {
  /** Rejects when the node cannot run at all: LISTEN_FAILED, RPC_LISTEN_FAILED, CERTIFICATE_INVALID. */
  start(): Promise<void>;
  /**
   * Stops with everything flushed, within 8 s whatever hangs. False when a thread could not be ended: then an exit would
   * wait for it, and only a kill ends the process. Idempotent.
   */
  close(): Promise<boolean>;
  /**
   * Takes over what can change while the node runs, and says what needs a restart. All or nothing.
   * @throws CERTIFICATE_INVALID
   */
  reload(next: NodeSetup): void;
  /** The log file was renamed: all threads open it anew. */
  reopenLog(): void;
  readonly log: Logger;
}

/** @param masters what groups are encrypted under, newest first; null = they are in clear */
export function createNode(setup: NodeSetup, masters: readonly MasterKey[] | null): Node {
  const { config } = setup;
  let running = setup;
  const nodeLog = createNodeLog(config.log, setup.name, setup.paths.log);
  const { log, threadLog } = nodeLog;
  const metrics = createPrometheusRegister({ module: "node" }, true);
  const network = createNetwork(
    {
      privateKey: setup.privateKey,
      chainId: config.chain.id,
      listen: { host: config.p2p.listenIp, port: config.p2p.listenPort },
      ...networkOptions(setup),
    },
    { clock: systemClock, rng: systemRng, log, metrics: metrics.register },
  );
  const groups: GroupHost[] = [];
  let servers: readonly RpcHost[] = [];
  let closing: Promise<boolean> | null = null;

  const metricsSnapshots = async () => {
    const snapshots = await Promise.all([...groups, ...servers].map((thread) => thread.metricsSnapshot()));
    return [await metrics.snapshot(), ...snapshots.filter((snapshot) => snapshot !== null)];
  };
  const memory = new MemoryWatch(memoryLimit(config.node.memoryLimitMb), {
    clock: systemClock,
    log,
    metrics: metrics.register,
    usedBytes: () => process.memoryUsage.rss(),
    onLevel(level) {
      // The operator's listener goes on: whoever looks after the node needs it now.
      servers[0]?.shed(level);
      for (const group of groups) group.shed(level);
      if (level >= 2) collectGarbage();
    },
  });
  const descriptors = descriptorLimit();
  const { maxOpenFiles, maxConnections } = planDescriptors(descriptors, setup.groups.length);
  const listeners = rpcListeners(config, maxConnections, threadLog);
  const restarts = metrics.register.counter("fb_node_rpc_restarts_total", "JSON-RPC threads started again", ["module"]);
  const startServers = () =>
    listeners.map((options) => {
      const server: RpcHost = new RpcHost(options, {
        api: {
          info: async () => nodeInfo(running, network),
          metricsSnapshots,
          backup: (groupId, request) => backup(options.operator ? groups : [], groupId, request),
          readiness: async () => ({
            groups: await Promise.all(
              setup.groups.map(({ genesis: { groupId } }) => {
                const group = groups.find((host) => host.groupId === groupId);
                return group === undefined ? toStart(groupId) : servedReadiness(group, [servers[0]!, server]);
              }),
            ),
            memory: memory.status(),
          }),
        },
        clock: systemClock,
        log,
        restarts,
      });
      return server;
    });

  return {
    log,
    async start() {
      const advice = descriptorAdvice(descriptors, setup.groups.length);
      if (advice !== null) log.warn("few-descriptors", { advice });
      memory.start();
      servers = startServers();
      await Promise.all(servers.map((server) => server.listening()));
      if (closing !== null) return;
      await network.start();
      if (closing !== null) return;
      log.info("node-started", { nodeId: network.nodeId, p2p: network.listenPort, groups: setup.groups.length });
      if (setup.groups.length === 0) log.warn("no-groups", { folder: config.group.configPath });
      for (const group of setup.groups) {
        const host = new GroupHost(group, {
          network,
          privateKey: setup.privateKey,
          masters,
          threadLog,
          log,
          metrics: metrics.register,
          maxOpenFiles,
          onReady: (info, openQuery) => {
            for (const server of servers) server.addGroup(info, openQuery);
          },
        });
        host.shed(memory.level);
        groups.push(host);
      }
    },
    reload(next) {
      const { reloaded, needRestart, setup: merged } = compareSetups(running, next);
      const [before, after] = [networkOptions(running), networkOptions(merged)];
      const names = Object.keys(after) as (keyof typeof after)[];
      const changed = names.filter((option) => !isDeepStrictEqual(before[option], after[option]));
      if (changed.length > 0) network.reload(Object.fromEntries(changed.map((option) => [option, after[option]])));
      nodeLog.apply(merged.config.log);
      running = merged;
      log.info("reloaded", { changed: reloaded.join(", ") || "nothing" });
      if (needRestart.length > 0) log.warn("restart-needed", { changed: needRestart.join(", ") });
    },
    reopenLog: () => nodeLog.reopen(),
    close() {
      closing ??= (async () => {
        memory.close();
        const ended = await Promise.all([...servers, ...groups].map((thread) => thread.close()));
        const inTime = await endsWithin(NETWORK_STOP_TIMEOUT_MS, network.close());
        if (!inTime) log.warn("network-stop-timeout", { ms: NETWORK_STOP_TIMEOUT_MS });
        log.info("node-stopped", { hanging: ended.filter((one) => !one).length });
        nodeLog.close();
        return !ended.includes(false);
      })();
      return closing;
    },
  };
}

/** The listener for clients and, when there is one, the operator's. */
function rpcListeners({ rpc, operator }: NodeConfig, maxConnections: number, log: ThreadLog): RpcThreadOptions[] {
  const { defaultGroup, maxBodyBytes, submitWaitMs } = rpc;
  const shared = { defaultGroup, maxBodyBytes, submitWaitMs, maxHeapMb: MAX_RPC_HEAP_MB, log };
  const clients = {
    host: rpc.listenIp,
    port: rpc.listenPort,
    operator: false,
    corsOrigins: rpc.corsOrigins,
    hosts: rpc.hosts,
    maxConnections,
  };
  const own = {
    host: operator.listenIp,
    port: operator.listenPort,
    operator: true,
    corsOrigins: [],
    hosts: [],
    maxConnections: OPERATOR_CONNECTIONS,
  };
  return (operator.listenPort === 0 ? [clients] : [clients, own]).map((listener) => ({ ...shared, ...listener }));
}

/** A group whose thread is not started yet: listeners answer before that. */
function toStart(group: GroupId): GroupReadiness {
  return { group, state: "starting", reason: null, ready: false, notReady: [] };
}

/** A group whose thread is no more has no store that is open. */
async function backup(hosts: readonly GroupHost[], group: GroupId, request: BackupRequest): Promise<BackupAnswer> {
  const host = hosts.find(({ groupId }) => groupId === group);
  const notOpen = { ok: false, code: "GROUP_NOT_OPEN", message: "the group does not run" } as const;
  return host === undefined ? notOpen : host.backup(request).catch(() => notOpen);
}

/** A group that runs is ready only once these listeners have it, too: each hears of it over a port of its own. */
async function servedReadiness(group: GroupHost, servers: readonly RpcHost[]): Promise<GroupReadiness> {
  const readiness = await group.readiness();
  if (readiness.state !== "running" || servers.every((server) => server.serves(group.groupId))) return readiness;
  return { ...readiness, ready: false, notReady: [...readiness.notReady, NOT_SERVED] };
}

/** Common name of whoever issued the node's certificate. */
function issuerName(cert: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(cert).issuer)?.[1] ?? "";
}

function nodeInfo(setup: NodeSetup, network: Network) {
  const { config } = setup;
  return {
    nodeId: network.nodeId,
    name: setup.name,
    agency: issuerName(setup.cert),
    p2pAddress: `${config.p2p.listenIp}:${network.listenPort}`,
    chainId: config.chain.id,
    peers: network.peers().map(({ nodeId, address, agency }) => ({ nodeId, address, agency })),
  };
}
