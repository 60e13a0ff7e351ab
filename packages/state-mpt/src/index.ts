export { checkTries } from "./check/check-tries.ts";
export type { TrieCheckOptions, TrieCheckResult } from "./check/options.ts";
export { createMptState } from "./mpt-state.ts";
export type { MptStateOptions } from "./options.ts";
