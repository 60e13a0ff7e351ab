import type { Clock, Logger, MetricsRegister, Rng } from "@fb/runtime";

export interface NetworkDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}
