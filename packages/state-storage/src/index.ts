export { checkHistory } from "./check/check-history.ts";
export { createAccountRowCheck } from "./check/check-rows.ts";
export type { AccountRowsOptions, HistoryCheckOptions, HistoryCheckResult } from "./check/options.ts";
export type { StorageStateOptions } from "./options.ts";
export { createStorageState } from "./storage-state.ts";
