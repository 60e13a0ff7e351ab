export { createMptState } from "./mpt-state.ts";
export type { MptStateOptions } from "./options.ts";
