export { type BackendFixture, describeBackend } from "./backend-compliance.ts";
