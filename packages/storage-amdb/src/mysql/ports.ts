import type { Clock, Logger, MetricsRegister, Rng } from "@fb/runtime";
import type { StorageTrouble } from "../ports.ts";

export interface MysqlDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
  /** Told when the store begins to wait, when the reason changes, and with null when it goes on. */
  readonly onTrouble?: (trouble: StorageTrouble | null) => void;
  /** Ends the waiting for a server, which otherwise lasts as long as it takes: whoever uses the store wants to close it. */
  readonly signal?: AbortSignal;
}
