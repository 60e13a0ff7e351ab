export type { MaintenanceErrorCode } from "./errors.ts";
export type { VerifyOptions } from "./options.ts";
export type { JobDeps, StoreDeps } from "./ports.ts";
export type { Progress } from "./progress.ts";
export { type StoreStats, statStore } from "./stat-store.ts";
export type { TableStats } from "./table-stats.ts";
export { type VerifyReport, verifyStore } from "./verify/verify-store.ts";
