export type { CallRunnerOptions } from "./options.ts";
export type { CallRunner, CallRunnerDeps, CallSource, NextTurn, SiteRecord } from "./ports.ts";
export { createCallRunner } from "./runner.ts";
