import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseGroupShape } from "@fb/build-chain";
import { createScratchChain, encryptNode, type ScratchChain } from "@fb/testkit";

/** A chain in a scratch folder, stopped and deleted at the end. */
export interface BenchChain extends ScratchChain {
  readonly groups: readonly number[];
}

const FIRST_PORT = 46_000;

export interface BenchChainOptions {
  readonly nodes: number;
  /** `id:consensus:state` each. */
  readonly groups: readonly string[];
  readonly blockLimit: number;
  /** Whether the nodes encrypt what they keep. */
  readonly encrypted: boolean;
}

export async function startChain({
  nodes,
  groups: shapes,
  blockLimit,
  encrypted,
}: BenchChainOptions): Promise<BenchChain> {
  const groups = shapes.map((shape) => parseGroupShape(shape).id);
  const chain = await createScratchChain({
    topology: `127.0.0.1:${nodes} bench ${groups.join(",")}`,
    groups: shapes,
    firstPort: FIRST_PORT,
    prepare(node) {
      if (encrypted) encryptNode(node);
      for (const id of groups) {
        const file = join(node.folder, "conf", `group.${id}.genesis`);
        writeFileSync(file, readFileSync(file, "utf8").replace(/^max_trans_num=.*$/m, `max_trans_num=${blockLimit}`));
      }
    },
  });
  return { ...chain, groups };
}
