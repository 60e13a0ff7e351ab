import { existsSync } from "node:fs";
import { checkStoredGenesis } from "@fb/ledger";
import { nodeIdOfPrivateKey } from "@fb/p2p-whitelist";
import { noMetrics, silentLogger, systemClock } from "@fb/runtime";
import { createKeyRing, groupKeys, type MasterKey } from "@fb/runtime/encryption";
import type { NodeId } from "@fb/types";
import { errorCode, errorMessage } from "../errors.ts";
import type { GroupSetup, NodeSetup } from "../node-setup.ts";
import type { StoreSetup } from "../store-setup.ts";
import { openBackend } from "../workers/open-backend.ts";
import { checkServers } from "./check-servers.ts";
import { type Finding, fault, ok, warn } from "./finding.ts";

const MIB = 2 ** 20;

/**
 * @param masters null = data is in clear
 * @param isRunning a running node has checked its data, and holds it
 */
export async function checkGroups(
  setup: NodeSetup,
  masters: readonly MasterKey[] | null,
  isRunning: boolean,
): Promise<Finding[]> {
  const self = nodeIdOfPrivateKey(setup.privateKey);
  if (setup.groups.length === 0) {
    return [
      warn("groups", `no .genesis file in ${setup.config.group.configPath}`, "the node runs, but serves nothing"),
    ];
  }
  const found: Finding[] = [];
  for (const group of setup.groups) {
    found.push(membership(group, self), ...(await checkData(group, masters, isRunning)));
  }
  return found;
}

const nameOf = ({ genesis }: GroupSetup) => `group ${genesis.groupId}`;

function membership(group: GroupSetup, self: NodeId | null): Finding {
  const { genesis } = group;
  const kind = `${genesis.consensus.type}, ${genesis.stateType}`;
  const is = (nodes: readonly NodeId[]) => self !== null && nodes.includes(self);
  if (is(genesis.sealers)) return ok(nameOf(group), `${kind}; the genesis names this node a sealer`);
  if (is(genesis.observers)) return ok(nameOf(group), `${kind}; the genesis names this node an observer`);
  const remedy = "it takes part once the group's admin has added it; otherwise take the group's files away";
  return warn(nameOf(group), `${kind}; the genesis does not name this node`, remedy);
}

async function checkData(
  group: GroupSetup,
  masters: readonly MasterKey[] | null,
  isRunning: boolean,
): Promise<readonly Finding[]> {
  const { store } = group;
  if (isRunning) return [ok(nameOf(group), "data not looked at, this node runs")];
  if (store.type === "rocksdb") {
    if (!existsSync(store.path)) return [ok(nameOf(group), "no data yet")];
    return [await checkStore(group, store, masters)];
  }
  const { findings, usable } = await checkServers(nameOf(group), store);
  if (usable.length === 0) return findings;
  return [...findings, await checkStore(group, { ...store, hosts: usable }, masters)];
}

async function checkStore(
  group: GroupSetup,
  store: StoreSetup,
  masters: readonly MasterKey[] | null,
): Promise<Finding> {
  const keys = masters && createKeyRing(groupKeys(masters, group.genesis));
  try {
    const deps = { clock: systemClock, log: silentLogger, metrics: noMetrics };
    const backend = await openBackend(store, { readOnly: true, cacheBytes: MIB, keys }, deps);
    try {
      if (backend.height() < 0) return ok(nameOf(group), "no data yet");
      await checkStoredGenesis(group.genesis, backend);
      return ok(nameOf(group), `data of this genesis, ${backend.height() + 1} blocks`);
    } finally {
      await backend.close();
    }
  } catch (error) {
    const text = `${errorCode(error)}: ${errorMessage(error)}`;
    const place = store.type === "mysql" ? "[storage] of its .ini file" : group.dataFolder;
    return fault(nameOf(group), text, `correct ${place}, or restore the data`);
  }
}
