import { createMptState } from "@fb/state-mpt";
import { createStorageState } from "@fb/state-storage";
import type { WorldState } from "@fb/types";
import type { GroupDeps, GroupOptions } from "./options.ts";

/** The world state a group's genesis names. */
export function createWorld(options: GroupOptions, deps: GroupDeps): Promise<WorldState> {
  const { backend, suite, metrics } = deps;
  const maxBytes = Math.floor(options.cacheBytes / 2);
  const create = options.genesis.stateType === "mpt" ? createMptState : createStorageState;
  return create({ backend, suite, metrics, maxBytes });
}
