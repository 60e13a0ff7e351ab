import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  configValues,
  GROUP_GENESIS,
  GROUP_OPTIONS,
  type HostPort,
  NODE_CONFIG,
  readConfig,
  renderConfig,
} from "@fb/config";
import { FbError } from "@fb/types";
import {
  certificatePem,
  createAgency,
  createChainCa,
  createNodeIdentity,
  type Identity,
  keyFingerprint,
  nodeIdOf,
  privateKeyPem,
  readIdentity,
} from "./certificates.ts";
import { DEV_BALANCE_WEI, devAccounts } from "./dev-accounts.ts";
import { DEV_CONTRACTS } from "./dev-contracts.ts";
import type { BuildChainErrorCode } from "./errors.ts";
import { type NamedNode, type PlannedNode, planNodes } from "./layout.ts";
import { allScript, STOP_SCRIPT, startScript } from "./scripts.ts";
import type { GroupShape, HostLine, Ports } from "./topology.ts";

export interface BuildChainOptions {
  readonly output: string;
  readonly chainId: number;
  readonly topology: readonly HostLine[];
  /** Shapes of the groups; a group named only in the topology is pbft on storage state. */
  readonly groups: readonly GroupShape[];
  readonly ports: Ports;
  /**
   * Funds the well-known development accounts, makes the first of them the admin of every group, puts the contracts there
   * that development tools expect, and allows transactions without a chain id and every web page. Unsafe.
   */
  readonly dev: boolean;
  /** Command that runs a node, for the start scripts. */
  readonly binary: string;
  /** Milliseconds since the epoch: time of every block 0. */
  readonly timestamp: number;
  /** Adds nodes to a chain made before: uses its CA and group files instead of making new ones. */
  readonly extend: boolean;
  readonly onProgress?: (step: string) => void;
}

/** Where a made node lies. */
export interface BuiltNode extends NamedNode {
  readonly folder: string;
}

/**
 * Writes certificates, keys, configuration and scripts of a whole chain below `output`. Existing keys are never
 * overwritten: OUTPUT_EXISTS.
 */
export async function buildChain(options: BuildChainOptions): Promise<BuiltNode[]> {
  const say = options.onProgress ?? (() => {});
  const existing = options.extend ? listNodes(options.output) : [];
  if (!options.extend && existsSync(join(options.output, "cert"))) {
    throw new FbError<BuildChainErrorCode>(
      "OUTPUT_EXISTS",
      `${options.output} already holds a chain; its keys are not overwritten`,
    );
  }
  if (options.extend && existing.length === 0) {
    throw new FbError<BuildChainErrorCode>("TOPOLOGY_INVALID", `${options.output} holds no chain to extend`);
  }
  const planned = planNodes(options.topology, options.ports, existing);
  const ca = await authority(join(options.output, "cert"), "ca", () => createChainCa(options.chainId));
  const nodes: (BuiltNode & { identity: Identity; agencyPem: string })[] = [];
  for (const plan of planned) {
    say(`certificate of ${plan.name} on ${plan.host} (${plan.agency})`);
    const agency = await authority(join(options.output, "cert", plan.agency), "agency", () =>
      createAgency(plan.agency, ca),
    );
    const identity = await createNodeIdentity(plan.name, agency);
    const folder = join(options.output, "nodes", plan.host, plan.name);
    nodes.push({ ...plan, folder, identity, nodeId: await nodeIdOf(identity), agencyPem: certificatePem(agency) });
  }
  const peers = [...existing, ...planned.map((plan) => ({ host: plan.host, port: plan.ports.p2p }))];
  if (!options.extend) writeGenesisFiles(options, nodes);
  for (const node of nodes) {
    say(`configuration of ${node.name} on ${node.host}`);
    await writeNode(options, node, peers, ca);
  }
  for (const host of new Set(nodes.map((node) => node.host))) {
    writeScript(join(options.output, "nodes", host, "start_all.sh"), allScript("start.sh"));
    writeScript(join(options.output, "nodes", host, "stop_all.sh"), allScript("stop.sh"));
  }
  return nodes;
}

/** The key pair kept in `folder`, made when there is none. */
async function authority(folder: string, name: string, make: () => Promise<Identity>): Promise<Identity> {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  if (existsSync(key)) return readIdentity(readFileSync(cert, "utf8"), readFileSync(key, "utf8"));
  const identity = await make();
  write(cert, certificatePem(identity));
  write(join(folder, `${name}.fingerprint`), `${keyFingerprint(identity)}\n`);
  writeSecret(key, await privateKeyPem(identity));
  return identity;
}

function listNodes(output: string): HostPort[] {
  const root = join(output, "nodes");
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((host) =>
    readdirSync(join(root, host))
      .filter((name) => /^node\d+$/.test(name))
      .map((name) => {
        const file = join(root, host, name, "config.ini");
        return { host, port: readConfig(NODE_CONFIG, file, readFileSync(file, "utf8")).p2p.listenPort };
      }),
  );
}

function groupIds(nodes: readonly PlannedNode[]): number[] {
  return [...new Set(nodes.flatMap((node) => node.memberships.map((membership) => membership.group)))].sort(
    (a, b) => a - b,
  );
}

function writeGenesisFiles(options: BuildChainOptions, nodes: readonly NamedNode[]): void {
  const accounts = options.dev ? devAccounts() : [];
  for (const id of groupIds(nodes)) {
    const shape = options.groups.find((group) => group.id === id) ?? { consensus: "pbft", state: "storage" };
    const inRole = (role: string) =>
      nodes
        .filter((node) => node.memberships.some((membership) => membership.group === id && membership.role === role))
        .map((node) => node.nodeId)
        .sort();
    const sealers = inRole("sealer");
    if (sealers.length === 0) throw new FbError<BuildChainErrorCode>("TOPOLOGY_INVALID", `group ${id} has no sealer`);
    const genesis = configValues(GROUP_GENESIS, {
      group: { id, chainId: options.chainId, timestamp: options.timestamp },
      consensus: { type: shape.consensus, sealers, observers: inRole("observer") },
      state: { type: shape.state },
      tx: { allowUnprotected: options.dev },
      governance: { admins: accounts.slice(0, 1).map((account) => account.address.toLowerCase()) },
      alloc: {
        accounts: accounts.map(({ address }) => ({ address: address.toLowerCase(), balance: DEV_BALANCE_WEI })),
      },
      alloc_code: { contracts: options.dev ? DEV_CONTRACTS : [] },
    });
    write(join(options.output, "groups", `group.${id}.genesis`), renderConfig(GROUP_GENESIS, genesis));
  }
}

async function writeNode(
  options: BuildChainOptions,
  node: BuiltNode & { identity: Identity; agencyPem: string },
  peers: readonly HostPort[],
  ca: Identity,
): Promise<void> {
  const conf = join(node.folder, "conf");
  const config = configValues(NODE_CONFIG, {
    chain: { id: options.chainId },
    p2p: { listenIp: node.host === "127.0.0.1" ? node.host : "0.0.0.0", listenPort: node.ports.p2p, peers },
    rpc: { listenPort: node.ports.rpc, corsOrigins: options.dev ? ["*"] : [] },
    operator: { listenPort: node.ports.operator },
    log: { path: "node.log" },
  });
  write(join(node.folder, "config.ini"), renderConfig(NODE_CONFIG, config));
  writeSecret(join(conf, "node.key"), await privateKeyPem(node.identity));
  write(join(conf, "node.crt"), certificatePem(node.identity) + node.agencyPem);
  write(join(conf, "ca.crt"), certificatePem(ca));
  write(join(conf, "node.nodeid"), `${node.nodeId}\n`);
  const groupOptions = renderConfig(GROUP_OPTIONS, configValues(GROUP_OPTIONS, {}));
  for (const { group } of node.memberships) {
    const genesis = readFileSync(join(options.output, "groups", `group.${group}.genesis`), "utf8");
    write(join(conf, `group.${group}.genesis`), genesis);
    write(join(conf, `group.${group}.ini`), groupOptions);
  }
  writeScript(join(node.folder, "start.sh"), startScript(options.binary));
  writeScript(join(node.folder, "stop.sh"), STOP_SCRIPT);
}

/** Nobody but the user who runs it has any business with a node's files. */
function write(path: string, content: string, flag = "w"): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { flag, mode: 0o600 });
}

/** `wx`: a key that exists makes this fail instead of being lost. */
function writeSecret(path: string, content: string): void {
  write(path, content, "wx");
}

function writeScript(path: string, content: string): void {
  write(path, content);
  chmodSync(path, 0o700);
}
