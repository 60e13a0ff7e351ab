export { createStorageState, type StorageStateOptions } from "./storage-state.ts";
