export { checkTries } from "./check-tries.ts";
export type { TrieCheckOptions, TrieCheckResult } from "./options.ts";
