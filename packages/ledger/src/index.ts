export { checkStoredGenesis } from "@fb/blockchain";
export { createGroup } from "./create-group.ts";
export type { LedgerErrorCode } from "./errors.ts";
export type { Group } from "./group.ts";
export { storageWaits } from "./health/assess.ts";
export type { GroupOptions } from "./options.ts";
export type { GroupDeps, GroupFact } from "./ports.ts";
