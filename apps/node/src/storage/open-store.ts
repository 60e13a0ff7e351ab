import { existsSync } from "node:fs";
import { createCryptoSuite } from "@fb/crypto";
import { noMetrics, silentLogger, systemClock } from "@fb/runtime";
import { createKeyRing, groupKeys, type KeyRing } from "@fb/runtime/encryption";
import type { CryptoSuite, StorageBackend } from "@fb/types";
import { descriptorLimit, planDescriptors } from "../descriptors.ts";
import { readMasterKeys } from "../master-keys.ts";
import { type GroupSetup, readNodeSetup } from "../node-setup.ts";
import type { StoreSetup } from "../store-setup.ts";
import { openBackend } from "../workers/open-backend.ts";
import type { StorageInput } from "./command.ts";
import { usageError } from "./errors.ts";
import { operatorUrl } from "./operator-client.ts";

/** A group and what it is encrypted under; null = it is in clear. */
export interface ChosenGroup extends GroupSetup {
  readonly keys: KeyRing | null;
  /** Where the node is asked while it runs; null = it has no listener for its operator. */
  readonly operatorUrl: string | null;
}

/** The group that the command line names: the only one of the node, or `--group`. Rejects with USAGE or KEY_INVALID. */
export async function chosenGroup(input: StorageInput): Promise<ChosenGroup> {
  const setup = readNodeSetup(input.text("config")!);
  const { groups } = setup;
  const wanted = input.number("group");
  const ids = groups.map(({ genesis }) => genesis.groupId).join(", ");
  const found = wanted === null ? groups : groups.filter(({ genesis }) => genesis.groupId === wanted);
  if (found.length === 0) throw usageError(`there is no such group; this node has ${ids || "none"}`);
  if (found.length > 1) throw usageError(`name one of the groups ${ids} with --group`);
  const group = found[0]!;
  const masters = await readMasterKeys(setup);
  const url = operatorUrl(setup.config);
  return { ...group, operatorUrl: url, keys: masters && createKeyRing(groupKeys(masters, group.genesis)) };
}

/** A store that is open for a job. */
export interface OpenStore {
  readonly backend: StorageBackend;
  readonly suite: CryptoSuite;
}

/**
 * Opens the store of a group that does not run, and closes it whatever becomes of the job. A server that cannot be
 * reached is not waited for.
 */
export async function withStore<T>(
  { store, keys }: Pick<ChosenGroup, "store" | "keys">,
  signal: AbortSignal,
  job: (open: OpenStore) => Promise<T>,
): Promise<T> {
  const suite = await createCryptoSuite();
  const { maxOpenFiles } = planDescriptors(descriptorLimit(), 1);
  const deps = { clock: systemClock, log: silentLogger, metrics: noMetrics, signal };
  const backend = await openBackend(store, { maxOpenFiles, waits: false, keys }, deps);
  try {
    return await job({ backend, suite });
  } finally {
    await backend.close();
  }
}

/** Opening would make a store; one that is only looked at must be there. Throws USAGE. */
export function requireStore(store: StoreSetup): void {
  if (store.type !== "rocksdb" || existsSync(store.path)) return;
  throw usageError(`there is no data in ${store.path}`);
}
