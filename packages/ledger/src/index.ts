export { checkStoredGenesis } from "@fb/blockchain";
export { createGroup } from "./create-group.ts";
export type { LedgerErrorCode } from "./errors.ts";
export type { Group } from "./group.ts";
export { storageWaits } from "./health/assess.ts";
export { type BlockImporter, createImporter, type ImportOutcome } from "./importer.ts";
export type { CoreOptions, GroupOptions, PoolLimits } from "./options.ts";
export type { CoreDeps, GroupDeps, GroupFact } from "./ports.ts";
