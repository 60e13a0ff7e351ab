import { join } from "node:path";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import type { StorageBackend } from "@fb/types";

export interface BackendOptions {
  /** The group's own folder. */
  readonly dataFolder: string;
  /** File descriptors the store may hold. */
  readonly maxOpenFiles: number;
}

/** Opens where a group keeps everything it has committed: the one place that knows the kinds of stores. */
export function openBackend({ dataFolder, maxOpenFiles }: BackendOptions): Promise<StorageBackend> {
  return openRocksdb({ path: join(dataFolder, "state"), maxOpenFiles });
}
