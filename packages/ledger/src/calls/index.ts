export type { CallRunner, CallSource, NextTurn, SiteRecord } from "./ports.ts";
export { type CallRunnerDeps, type CallRunnerOptions, createCallRunner } from "./runner.ts";
