export { describeBackend } from "./backend-suite.ts";
export type { BackendFixture } from "./context.ts";
