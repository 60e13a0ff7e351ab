import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts, type NodeProcess, nodesOf, rpcCall } from "@fb/local-chain";
import { FbError, type NodeId } from "@fb/types";
import type { Scene } from "./attack.ts";
import type { RedteamErrorCode } from "./errors.ts";

/** The repository this tool is part of. */
export const OWN_CHECKOUT = fileURLToPath(new URL("../../../", import.meta.url));

const FIRST_PORT = 48_000;
const HONEST = 4;
/** Group 3 has one sealer more, whose identity the hostile sealer has. */
const GROUPS = [
  { id: 1, consensus: "pbft", state: "storage" },
  { id: 2, consensus: "raft", state: "mpt" },
  { id: 3, consensus: "pbft", state: "storage" },
] as const;
const topology = (isSealed: boolean) => `127.0.0.1:${HONEST} honest ${isSealed ? "1,2,3" : "1,2"}
127.0.0.1:1 guests 9
127.0.0.1:1 watchers 1:observer
127.0.0.1:1 rivals 3
`;

/** Four honest nodes on loopback in a folder of their own, and the identities of hostile ones that do not run. */
export interface RedChain {
  readonly folder: string;
  /** The honest nodes. */
  readonly nodes: readonly NodeProcess[];
  readonly scene: Scene;
  url(node: number, group: number): string;
  /** Stops what runs; keeps the folder when asked to. */
  close(keep: boolean): Promise<void>;
}

export interface RedChainOptions extends Pick<Scene, "seed" | "messages"> {
  /** A built checkout of this repository, whose nodes are attacked. */
  readonly checkout: string;
  readonly openFiles: number | undefined;
  /** With a group 3, of which the hostile sealer is one of five. */
  readonly isSealed: boolean;
}

export async function createRedChain(options: RedChainOptions): Promise<RedChain> {
  const { checkout, openFiles, isSealed } = options;
  const binary = join(checkout, "apps/node/dist/main.js");
  if (!existsSync(binary))
    throw new FbError<RedteamErrorCode>("NOT_BUILT", `${binary} is missing; ./fb up or pnpm build makes it`);
  const folder = mkdtempSync(join(tmpdir(), "fb-redteam-"));
  const close = async (nodes: readonly NodeProcess[], keep: boolean) => {
    await Promise.all(nodes.map((node) => node.kill()));
    if (!keep) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const file = join(folder, "topology");
    writeFileSync(file, topology(isSealed));
    const groups = GROUPS.flatMap(({ id, consensus, state }) => ["--group", `${id}:${consensus}:${state}`]);
    await makeChain(checkout, join(folder, "chain"), ["--file", file, ...groups]);
    await makeChain(checkout, join(folder, "foreign"), ["--nodes", "1"]);
    const all = nodesOf(join(folder, "chain"), { binary, ...(openFiles === undefined ? {} : { openFiles }) });
    const nodes = all.slice(0, HONEST);
    for (const node of nodes) forget(node, all.slice(HONEST));
    for (const node of nodes) node.start();
    try {
      await Promise.all(nodes.map((node) => node.ready()));
      const scene = await describeScene(folder, all, options);
      const url = (node: number, group: number) => `${nodes[node]!.rpcUrl}/group/${group}`;
      return { folder, nodes, scene, url, close: (keep) => close(nodes, keep) };
    } catch (error) {
      await close(nodes, true);
      throw error;
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Lets the checkout make its own chain, so that the configuration is what its nodes read. */
async function makeChain(checkout: string, output: string, args: readonly string[]): Promise<void> {
  const first = await freePorts(32, FIRST_PORT);
  const ports = ["--p2p-port", String(first), "--rpc-port", String(first + 8)];
  const child = spawn(
    process.execPath,
    ["--conditions=fb-source", join(checkout, "tools/build-chain/src/main.ts"), "--output", output, ...ports, ...args],
    { cwd: checkout, stdio: ["ignore", "ignore", "pipe"] },
  );
  let err = "";
  child.stderr.on("data", (text: Buffer) => (err += text));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new FbError<RedteamErrorCode>("CHAIN_NOT_MADE", `the chain was not made: ${err.trim()}`);
}

/** Hostile nodes are nobody's configured peers: they come by themselves. */
function forget(node: NodeProcess, others: readonly NodeProcess[]): void {
  const file = join(node.folder, "config.ini");
  const lines = readFileSync(file, "utf8").split("\n");
  const isOther = (line: string) =>
    others.some(({ p2pPort }) => /^node\.\d+=/.test(line) && line.trimEnd().endsWith(`:${p2pPort}`));
  writeFileSync(file, lines.filter((line) => !isOther(line)).join("\n"));
}

async function describeScene(
  folder: string,
  all: readonly NodeProcess[],
  { isSealed, seed, messages }: RedChainOptions,
): Promise<Scene> {
  const id = (node: NodeProcess) => readFileSync(join(node.folder, "conf/node.nodeid"), "utf8").trim() as NodeId;
  const nodes = all.slice(0, HONEST);
  const [guest, watcher, rival] = all.slice(HONEST) as [NodeProcess, NodeProcess, NodeProcess];
  const groups = await Promise.all(
    GROUPS.filter((one) => one.id !== 3 || isSealed).map(async ({ id: group, consensus }) => {
      const url = `${nodes[0]!.rpcUrl}/group/${group}`;
      const genesis = await rpcCall(url, "eth_getBlockByNumber", ["0x0", false]);
      const chainId = Number(await rpcCall(url, "eth_chainId"));
      const members = [...nodes, ...(group === 1 ? [watcher] : group === 3 ? [rival] : [])].map(id);
      return { id: group, consensus, chainId, genesisHash: genesis!.hash, members };
    }),
  );
  const stranger = nodesOf(join(folder, "foreign"))[0]!;
  return {
    chainId: 1,
    targets: nodes.map((node) => ({
      name: node.name,
      nodeId: id(node),
      p2pPort: node.p2pPort,
      rpcUrl: node.rpcUrl,
    })),
    groups,
    identities: {
      stranger: stranger.folder,
      "non-member": guest.folder,
      observer: watcher.folder,
      sealer: rival.folder,
    },
    hostileIds: { "non-member": id(guest), observer: id(watcher), sealer: id(rival) },
    agency: join(folder, "chain/cert/guests"),
    seed,
    messages,
  };
}
