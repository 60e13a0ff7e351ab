export { createMemoryBackend } from "./memory-backend.ts";
export { createMemoryDisk, type MemoryDisk } from "./memory-disk.ts";
export type { MemoryBackendOptions } from "./options.ts";
