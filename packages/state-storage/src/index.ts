export {
  type AccountRowsOptions,
  checkHistory,
  createAccountRowCheck,
  type HistoryCheckOptions,
  type HistoryCheckResult,
} from "./check/index.ts";
export type { StorageStateOptions } from "./options.ts";
export { createStorageState } from "./storage-state.ts";
