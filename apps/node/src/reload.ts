import { isDeepStrictEqual } from "node:util";
import { NODE_CONFIG, type NodeConfig } from "@fb/config";
import type { ReloadableOptions } from "@fb/p2p-whitelist";
import type { NodeSetup } from "./node-setup.ts";

/** Everything the network takes over while it runs. */
export function networkOptions({ config, ca, cert }: NodeSetup): ReloadableOptions {
  return {
    peers: config.p2p.peers,
    blacklist: config.certificate_blacklist.nodes,
    whitelist: config.certificate_whitelist.nodes,
    agencyBlacklist: config.certificate_blacklist.agencies,
    agencyWhitelist: config.certificate_whitelist.agencies,
    ca,
    cert,
  };
}

/** Properties of the configuration that a running node takes over. */
const RELOADED: { readonly [S in keyof NodeConfig]?: readonly (keyof NodeConfig[S])[] } = {
  p2p: ["peers"],
  certificate_blacklist: ["nodes", "agencies"],
  certificate_whitelist: ["nodes", "agencies"],
  log: ["level", "maxFileBytes", "maxAgeHours", "maxFiles"],
};

/** What differs between the setup of a running node and the one its files describe now, for its operator. */
export interface SetupChanges {
  /** Can be taken over: `[p2p] node.N +1 -0`, `cert`. */
  readonly reloaded: readonly string[];
  /** `[section] key`, `group N` or `key`. */
  readonly needRestart: readonly string[];
  /** What runs once the former were taken over. */
  readonly setup: NodeSetup;
}

export function compareSetups(running: NodeSetup, next: NodeSetup): SetupChanges {
  const reloaded: string[] = [];
  const needRestart: string[] = [];
  const config: Record<string, Record<string, unknown>> = {};
  for (const [section, values] of Object.entries(next.config) as [keyof NodeConfig, Record<string, unknown>][]) {
    const before = running.config[section] as Readonly<Record<string, unknown>>;
    const merged: Record<string, unknown> = (config[section] = { ...before });
    for (const [property, value] of Object.entries(values)) {
      if (isDeepStrictEqual(value, before[property])) continue;
      const name = `[${section}] ${keyOf(section, property)}`;
      if ((RELOADED[section] as readonly string[] | undefined)?.includes(property)) {
        merged[property] = value;
        reloaded.push(`${name} ${inWords(before[property], value)}`);
      } else needRestart.push(name);
    }
  }
  for (const file of ["ca", "cert"] as const) if (running[file] !== next[file]) reloaded.push(file);
  if (!isDeepStrictEqual(running.privateKey, next.privateKey)) needRestart.push("key");
  const ids = new Set([...running.groups, ...next.groups].map(({ genesis }) => genesis.groupId));
  for (const id of ids) {
    const [before, after] = [running, next].map(({ groups }) => groups.find(({ genesis }) => genesis.groupId === id));
    if (!isDeepStrictEqual(before, after)) needRestart.push(`group ${id}`);
  }
  const setup = { ...running, ca: next.ca, cert: next.cert, config: config as unknown as NodeConfig };
  return { reloaded, needRestart, setup };
}

/** As the operator writes it. */
function keyOf(section: keyof NodeConfig, property: string): string {
  const field = (NODE_CONFIG[section] as Readonly<Record<string, { readonly type: string; readonly key: string }>>)[
    property
  ]!;
  return field.type === "list" ? `${field.key}.N` : field.key;
}

function inWords(before: unknown, after: unknown): string {
  if (!Array.isArray(before) || !Array.isArray(after)) return `${before} -> ${after}`;
  const notIn = (list: readonly unknown[]) => (item: unknown) => !list.some((other) => isDeepStrictEqual(item, other));
  return `+${after.filter(notIn(before)).length} -${before.filter(notIn(after)).length}`;
}
