import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildChain, parseGroupShape, parseTopology } from "@fb/build-chain";
import { freePorts, type NodeProcess, nodesOf } from "@fb/local-chain";

/** A chain of real processes in a folder of its own. */
export interface ScratchChain {
  readonly folder: string;
  readonly nodes: readonly NodeProcess[];
  /** URL of a group on a node. */
  url(node: number, group: number): string;
  /** Kills what runs and deletes the folder. */
  close(): Promise<void>;
}

export interface ScratchChainOptions {
  /** Lines as build-chain reads them. */
  readonly topology: string;
  /** `id:consensus:state` each. */
  readonly groups: readonly string[];
  /** Ports are looked for from here on, so that suites that run beside each other have their own. */
  readonly firstPort: number;
  /** Nodes that are not started. */
  readonly later?: readonly number[];
  /** Changes the files of a node before it starts. */
  prepare?(node: NodeProcess): void;
}

/** Makes a chain and waits until its nodes are ready. */
export async function createScratchChain(options: ScratchChainOptions): Promise<ScratchChain> {
  const folder = mkdtempSync(join(tmpdir(), "fb-chain-"));
  const topology = parseTopology(options.topology);
  const count = topology.reduce((sum, line) => sum + line.count, 0);
  const p2p = await freePorts(count, options.firstPort);
  const rpc = await freePorts(count, p2p + count);
  const operator = await freePorts(count, rpc + count);
  await buildChain({
    output: folder,
    chainId: 1,
    topology,
    groups: options.groups.map(parseGroupShape),
    ports: { p2p, rpc, operator },
    dev: true,
    binary: "fb-node",
    timestamp: Date.now(),
    extend: false,
  });
  const nodes = nodesOf(folder);
  const close = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const node of nodes) options.prepare?.(node);
    const first = nodes.filter((_, i) => !(options.later ?? []).includes(i));
    for (const node of first) node.start();
    await Promise.all(first.map((node) => node.ready()));
  } catch (error) {
    await close();
    throw error;
  }
  return { folder, nodes, url: (node, group) => `${nodes[node]!.rpcUrl}/group/${group}`, close };
}
