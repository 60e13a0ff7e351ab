import type { GroupId } from "@fb/types";

export interface CallRunnerOptions {
  /** Raw chain.id. */
  readonly chainId: number;
  readonly groupId: GroupId;
}
