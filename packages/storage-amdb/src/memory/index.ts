export { createMemoryBackend, type MemoryBackendOptions } from "./memory-backend.ts";
export { createMemoryDisk, type MemoryDisk } from "./memory-disk.ts";
