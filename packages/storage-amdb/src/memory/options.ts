import type { MemoryDisk } from "./memory-disk.ts";

export interface MemoryBackendOptions {
  /** Default: a disk of its own. */
  readonly disk?: MemoryDisk;
}
