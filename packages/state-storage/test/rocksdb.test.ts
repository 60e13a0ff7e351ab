import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWorldState, HISTORY_BLOCKS } from "@fb/compliance/world-state";
import { createCryptoSuite } from "@fb/crypto";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import type { StorageBackend } from "@fb/types";
import { createStorageState } from "../src/index.ts";

describeWorldState("state-storage on rocksdb", async (tight) => {
  const suite = await createCryptoSuite();
  const path = await mkdtemp(join(tmpdir(), "fb-state-"));
  let backend: StorageBackend | null = null;
  return {
    suite,
    async open() {
      await backend?.close();
      backend = await openRocksdb({ path });
      const memory = tight ? { cacheBytes: 4000, preImageBytes: 20_000 } : {};
      return { backend, world: await createStorageState({ backend, suite, historyBlocks: HISTORY_BLOCKS, ...memory }) };
    },
    async dispose() {
      await backend?.close();
      await rm(path, { recursive: true });
    },
  };
});
