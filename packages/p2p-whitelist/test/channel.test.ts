import { describeChannel } from "@fb/compliance/channel";
import type { NodeId } from "@fb/types";
import { afterAll, beforeAll } from "vitest";
import { connected, createTestChain, type TestChain } from "./test-nodes.ts";

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain();
});
afterAll(() => chain.close());

describeChannel("libp2p", async () => {
  const a = await chain.start();
  const b = await chain.start([a]);
  const c = await chain.start([a, b]);
  const nodes = [a, b, c].map((node) => node.network.nodeId) as [NodeId, NodeId, NodeId];
  for (const node of [a, b, c]) {
    await connected(
      node,
      nodes.filter((id) => id !== node.network.nodeId),
    );
  }
  return {
    nodes,
    open: async (node, groupId, members) => [a, b, c][node]!.network.group(groupId, members),
    async close() {
      await Promise.all([a, b, c].map((node) => node.network.close()));
    },
  };
});
