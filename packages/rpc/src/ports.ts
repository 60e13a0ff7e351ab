import type { GroupDirectory, NodeQuery } from "@fb/api";
import type { Clock, Logger, MetricsRegister } from "@fb/runtime";
import type { CryptoSuite } from "@fb/types";
import type { ThreadUse } from "./admission/client-time.ts";

export interface RpcServerDeps {
  readonly groups: GroupDirectory;
  readonly node: NodeQuery;
  /** Prometheus text of the whole node. */
  readonly metricsText: () => Promise<string>;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  /** By default that of the thread this runs in. */
  readonly threadUse?: () => ThreadUse;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}
