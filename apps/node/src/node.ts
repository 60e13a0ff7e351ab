import { X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { createNetwork, type Network } from "@fb/p2p-whitelist";
import { createPrometheusRegister, type Logger, systemClock, systemRng } from "@fb/runtime";
import { GroupHost } from "./group-host.ts";
import type { NodeSetup } from "./node-setup.ts";
import { RpcHost } from "./rpc-host.ts";
import { type ThreadLog, threadLogger } from "./thread-log.ts";
import type { NodeThreadApi } from "./workers/messages.ts";

/** The whole process: one network, one RPC server, one thread for each group. */
export interface Node {
  /** Rejects when the node cannot run at all: LISTEN_FAILED, RPC_LISTEN_FAILED, CERTIFICATE_INVALID. */
  start(): Promise<void>;
  /** Stops in reverse order with everything flushed. Idempotent. */
  close(): Promise<void>;
  readonly log: Logger;
}

/** @param onFatal called when a part without which the node is useless has ended; the caller closes the node */
export function createNode(setup: NodeSetup, onFatal: (what: string) => void): Node {
  const { config, name } = setup;
  const file = config.log.path === "-" ? null : resolve(setup.folder, config.log.path);
  const threadLog: ThreadLog = { level: config.log.level, file, node: name };
  const log = threadLogger(threadLog, {});
  const metrics = createPrometheusRegister({ module: "node" }, true);
  const network = createNetwork(
    {
      privateKey: setup.privateKey,
      chainId: config.chain.id,
      listen: { host: config.p2p.listenIp, port: config.p2p.listenPort },
      peers: config.p2p.peers,
      blacklist: config.certificate_blacklist.nodes,
      whitelist: config.certificate_whitelist.nodes,
      ca: setup.ca,
      cert: setup.cert,
    },
    { clock: systemClock, rng: systemRng, log, metrics: metrics.register },
  );
  const groups: GroupHost[] = [];
  let rpc: RpcHost | null = null;
  let closing: Promise<void> | null = null;

  const api: NodeThreadApi = {
    node: async () => nodeInfo(setup, network),
    metricsSnapshots: async () => {
      const snapshots = await Promise.all(groups.map((group) => group.metricsSnapshot()));
      return [await metrics.snapshot(), ...snapshots.filter((snapshot) => snapshot !== null)];
    },
    readiness: () => Promise.all(groups.map((group) => group.readiness())),
  };

  return {
    log,
    async start() {
      rpc = new RpcHost(
        {
          host: config.rpc.listenIp,
          port: config.rpc.listenPort,
          defaultGroup: config.rpc.defaultGroup,
          maxBodyBytes: config.rpc.maxBodyBytes,
          corsOrigins: config.rpc.corsOrigins,
          submitWaitMs: config.rpc.submitWaitMs,
          log: threadLog,
        },
        api,
        log,
        () => onFatal("the RPC server's thread has ended"),
      );
      await rpc.listening();
      if (closing !== null) return;
      await network.start();
      if (closing !== null) return;
      log.info("node-started", { nodeId: network.nodeId, p2p: network.listenPort, groups: setup.groups.length });
      if (setup.groups.length === 0) log.warn("no-groups", { folder: config.group.configPath });
      const server = rpc;
      for (const group of setup.groups) {
        groups.push(
          new GroupHost(group, {
            network,
            privateKey: setup.privateKey,
            threadLog,
            log,
            metrics: metrics.register,
            onReady: (info, query) => server.addGroup(info, query),
            onGone: (groupId) => server.removeGroup(groupId),
          }),
        );
      }
    },
    close() {
      closing ??= (async () => {
        await Promise.all(groups.map((group) => group.close()));
        await rpc?.close();
        await network.close();
        log.info("node-stopped");
      })();
      return closing;
    },
  };
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
