export type {
  CallOutcome,
  CallQueryRequest,
  CallRunner,
  CallSource,
  EstimateOutcome,
  NextTurn,
  SiteRecord,
} from "./ports.ts";
export { type CallRunnerDeps, type CallRunnerOptions, createCallRunner } from "./runner.ts";
