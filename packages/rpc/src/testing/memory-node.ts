import type { GroupDirectory, GroupEvent, NodeInfo, NodeQuery, NodeReadiness } from "@fb/api";
import { type Clock, type Logger, type MetricsRegister, noMetrics, silentLogger, systemClock } from "@fb/runtime";
import type { CryptoSuite } from "@fb/types";
import type { RpcServerOptions } from "../options.ts";
import { createRpcServer, type RpcServer } from "../server.ts";
import type { MemoryGroup } from "./memory-group.ts";

/** A test node and its groups; they can come and go. */
export class MemoryDirectory implements GroupDirectory, NodeQuery {
  readonly #groups = new Map<number, MemoryGroup>();
  readonly #listeners = new Set<(event: GroupEvent) => void>();

  constructor(groups: readonly MemoryGroup[] = []) {
    for (const group of groups) this.add(group);
  }

  add(group: MemoryGroup): void {
    this.#groups.set(group.info.groupId, group);
    group.onEvent = (event) => this.#emit(event);
  }

  stop(group: MemoryGroup): void {
    this.#groups.delete(group.info.groupId);
    this.#emit({ type: "stopped", groupId: group.info.groupId });
  }

  list() {
    return [...this.#groups.values()].map(({ handle }) => handle).sort((a, b) => a.info.groupId - b.info.groupId);
  }

  get(groupId: number) {
    return this.#groups.get(groupId)?.handle;
  }

  async info(): Promise<NodeInfo> {
    const sealer = [...this.#groups.values()][0]!.sealer;
    const peer = { nodeId: sealer, address: "127.0.0.1:30301", agency: "agency" };
    return {
      nodeId: sealer,
      name: "node0",
      agency: "agency",
      p2pAddress: "127.0.0.1:30300",
      chainId: 1,
      peers: [peer],
    };
  }

  async readiness(): Promise<NodeReadiness> {
    const groups = this.list().map(({ info }) => ({
      group: info.groupId,
      state: "starting" as const,
      reason: null,
      ready: false,
      notReady: [],
    }));
    return { groups, memory: { level: 0, usedMb: 1, limitMb: 2 } };
  }

  onEvent(listener: (event: GroupEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #emit(event: GroupEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

export interface MemoryNode {
  readonly url: string;
  readonly wsUrl: string;
  readonly server: RpcServer;
  readonly directory: MemoryDirectory;
}

export interface MemoryNodeDeps {
  readonly suite: CryptoSuite;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly metrics?: MetricsRegister;
}

/** A listening server over groups in memory, on a free port. */
export async function startMemoryNode(
  groups: readonly MemoryGroup[],
  { suite, clock = systemClock, log = silentLogger, metrics = noMetrics }: MemoryNodeDeps,
  options: Partial<RpcServerOptions> = {},
): Promise<MemoryNode> {
  const directory = new MemoryDirectory(groups);
  const server = createRpcServer(
    { host: "127.0.0.1", port: 0, clientVersion: "fb/0.1.0/test/node", ...options },
    {
      groups: directory,
      node: directory,
      metricsText: async () => "fb_up 1\n",
      suite,
      clock,
      log,
      metrics,
    },
  );
  const { host, port } = await server.start();
  return { url: `http://${host}:${port}`, wsUrl: `ws://${host}:${port}`, server, directory };
}
