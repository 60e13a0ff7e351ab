import { describeWorldState, HISTORY_BLOCKS } from "@fb/compliance/world-state";
import { createCryptoSuite } from "@fb/crypto";
import { createMemoryBackend, createMemoryDisk } from "@fb/storage-amdb/memory";
import { createMptState } from "./mpt-state.ts";

describeWorldState("state-mpt", async (tight) => {
  const suite = await createCryptoSuite();
  const disk = createMemoryDisk();
  return {
    suite,
    async open() {
      const backend = createMemoryBackend({ disk });
      const memory = tight ? { cacheBytes: 4000, preImageBytes: 20_000, nodeCacheBytes: 5000 } : {};
      return { backend, world: await createMptState({ backend, suite, historyBlocks: HISTORY_BLOCKS, ...memory }) };
    },
    async dispose() {},
  };
});
