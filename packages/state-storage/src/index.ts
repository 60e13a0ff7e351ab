export type { StorageStateOptions } from "./options.ts";
export { createStorageState } from "./storage-state.ts";
