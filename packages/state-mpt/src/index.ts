export { createMptState, type MptStateOptions } from "./mpt-state.ts";
