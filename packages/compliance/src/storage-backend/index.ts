export { describeBackend } from "./backend-suite.ts";
export type { BackendFixture } from "./context.ts";
export type { TablesFixture } from "./table-port.ts";
export { describeTables } from "./tables-suite.ts";
