import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildChain, type GroupShape, parseGroupShape, parseTopology } from "@fb/build-chain";
import { freePorts, type NodeProcess, nodesOf, rpcCall, until } from "@fb/testkit";

/** A chain of real processes in a folder of its own, gone after the test. */
export interface TestChain {
  readonly folder: string;
  readonly nodes: readonly NodeProcess[];
  /** URL of a group on a node. */
  url(node: number, group: number): string;
  height(node: number, group: number): Promise<number>;
  blockHash(node: number, group: number, height: number): Promise<string | null>;
  /** Waits until these nodes are at the same height with the same hash; returns it. */
  level(group: number, nodes?: readonly number[], timeoutMs?: number): Promise<{ height: number; hash: string }>;
  /** The node whose engine leads the group now. */
  leader(group: number): Promise<number>;
  close(): Promise<void>;
}

const FIRST_PORT = 42_000;

export interface TestChainOptions {
  readonly topology: string;
  readonly groups: readonly string[];
  /** Nodes not started at first. */
  readonly later?: readonly number[];
}

export async function createTestChain(options: TestChainOptions): Promise<TestChain> {
  const folder = mkdtempSync(join(tmpdir(), "fb-e2e-"));
  const topology = parseTopology(options.topology);
  const groups: GroupShape[] = options.groups.map(parseGroupShape);
  const count = topology.reduce((sum, line) => sum + line.count, 0);
  const p2p = await freePorts(count, FIRST_PORT);
  const rpc = await freePorts(count, p2p + count);
  const operator = await freePorts(count, rpc + count);
  await buildChain({
    output: folder,
    chainId: 1,
    topology,
    groups,
    ports: { p2p, rpc, operator },
    dev: true,
    binary: "fb-node",
    timestamp: Date.now(),
    extend: false,
  });
  const nodes = nodesOf(folder);
  const url = (node: number, group: number) => `${nodes[node]!.rpcUrl}/group/${group}`;
  const height = async (node: number, group: number) =>
    Number(await rpcCall<string>(url(node, group), "eth_blockNumber"));
  const blockHash = async (node: number, group: number, at: number) =>
    (await rpcCall<{ hash: string } | null>(url(node, group), "eth_getBlockByNumber", [`0x${at.toString(16)}`, false]))
      ?.hash ?? null;

  const chain: TestChain = {
    folder,
    nodes,
    url,
    height,
    blockHash,
    async level(group, of = nodes.map((_, i) => i), timeoutMs = 30_000) {
      let last = "";
      const same = await until(async () => {
        const heights = await Promise.all(of.map((node) => height(node, group).catch(() => -1)));
        const hashes = await Promise.all(
          of.map((node) => blockHash(node, group, Math.max(...heights)).catch(() => null)),
        );
        last = heights.map((h, i) => `${nodes[of[i]!]!.name} ${h} ${hashes[i]}`).join("; ");
        return hashes[0] !== null && new Set(hashes).size === 1;
      }, timeoutMs);
      if (!same) throw new RangeError(`nodes of group ${group} are not level: ${last}`);
      const head = await height(of[0]!, group);
      return { height: head, hash: (await blockHash(of[0]!, group, head))! };
    },
    async leader(group) {
      for (let i = 0; i < nodes.length; i++) {
        if (nodes[i]!.pid() === null) continue;
        const rows = await rpcCall<{ id: number; role: string }[]>(nodes[i]!.operatorUrl, "fb_groups").catch(() => []);
        if (rows.some((row) => row.id === group && row.role === "leader")) return i;
      }
      throw new RangeError(`group ${group} has no leader`);
    },
    async close() {
      await Promise.all(nodes.map((node) => node.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    const first = nodes.filter((_, i) => !(options.later ?? []).includes(i));
    for (const node of first) node.start();
    await Promise.all(first.map((node) => node.ready()));
  } catch (error) {
    await chain.close();
    throw error;
  }
  return chain;
}
