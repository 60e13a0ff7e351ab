export { checkHistory } from "./check-history.ts";
export { createAccountRowCheck } from "./check-rows.ts";
export type { AccountRowsOptions, HistoryCheckOptions, HistoryCheckResult } from "./options.ts";
