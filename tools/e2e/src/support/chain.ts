import { rpcCall, until } from "@fb/local-chain";
import { createScratchChain, type ScratchChain, type ScratchChainOptions } from "@fb/testkit";

/** A chain of real processes in a folder of its own, gone after the test. */
export interface TestChain extends ScratchChain {
  height(node: number, group: number): Promise<number>;
  blockHash(node: number, group: number, height: number): Promise<string | null>;
  /** Waits until these nodes are at the same height with the same hash; returns it. */
  level(group: number, nodes?: readonly number[], timeoutMs?: number): Promise<{ height: number; hash: string }>;
  /** The node whose engine leads the group now. */
  leader(group: number): Promise<number>;
}

const FIRST_PORT = 42_000;

export type TestChainOptions = Pick<ScratchChainOptions, "topology" | "groups" | "later" | "prepare">;

export async function createTestChain(options: TestChainOptions): Promise<TestChain> {
  const chain = await createScratchChain({ ...options, firstPort: FIRST_PORT });
  const { nodes, url } = chain;
  const height = async (node: number, group: number) => Number(await rpcCall(url(node, group), "eth_blockNumber"));
  const blockHash = async (node: number, group: number, at: number) =>
    (await rpcCall(url(node, group), "eth_getBlockByNumber", [`0x${at.toString(16)}`, false]))?.hash ?? null;
  return {
    ...chain,
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
        const rows = await rpcCall(nodes[i]!.operatorUrl, "fb_groups").catch(() => []);
        if (rows.some((row) => row.id === group && row.role === "leader")) return i;
      }
      throw new RangeError(`group ${group} has no leader`);
    },
  };
}
