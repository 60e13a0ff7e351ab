import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildChain, parseGroupShape, parseTopology } from "@fb/build-chain";
import { freePorts, type NodeProcess, nodesOf } from "@fb/testkit";

/** A chain in a scratch folder, stopped and deleted at the end. */
export interface BenchChain {
  readonly nodes: readonly NodeProcess[];
  readonly groups: readonly number[];
  url(node: number, group: number): string;
  close(): Promise<void>;
}

const FIRST_PORT = 46_000;

export interface BenchChainOptions {
  readonly nodes: number;
  /** `id:consensus:state` each. */
  readonly groups: readonly string[];
  readonly blockLimit: number;
}

export async function startChain({ nodes: count, groups, blockLimit }: BenchChainOptions): Promise<BenchChain> {
  const folder = mkdtempSync(join(tmpdir(), "fb-bench-"));
  const shapes = groups.map(parseGroupShape);
  const p2p = await freePorts(count, FIRST_PORT);
  const rpc = await freePorts(count, p2p + count);
  const operator = await freePorts(count, rpc + count);
  await buildChain({
    output: folder,
    chainId: 1,
    topology: parseTopology(`127.0.0.1:${count} bench ${shapes.map(({ id }) => id).join(",")}`),
    groups: shapes,
    ports: { p2p, rpc, operator },
    dev: true,
    binary: "fb-node",
    timestamp: Date.now(),
    extend: false,
  });
  const nodes = nodesOf(folder);
  for (const node of nodes) {
    for (const { id } of shapes) {
      const file = join(node.folder, "conf", `group.${id}.genesis`);
      writeFileSync(file, readFileSync(file, "utf8").replace(/^max_trans_num=.*$/m, `max_trans_num=${blockLimit}`));
    }
  }
  const close = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const node of nodes) node.start();
    await Promise.all(nodes.map((node) => node.ready()));
    return {
      nodes,
      groups: shapes.map(({ id }) => id),
      url: (node, group) => `${nodes[node]!.rpcUrl}/group/${group}`,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
