export { checkTries, type TrieCheckOptions, type TrieCheckResult } from "./check/index.ts";
export { createMptState } from "./mpt-state.ts";
export type { MptStateOptions } from "./options.ts";
