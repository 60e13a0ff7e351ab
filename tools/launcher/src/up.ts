import { rmSync } from "node:fs";
import { buildChain, devAccounts, OPERATOR_PORT_OFFSET, parseGroupShape, parseTopology } from "@fb/build-chain";
import { type NodeProcess, nodesOf, portIsFree, until } from "@fb/local-chain";
import { FbError } from "@fb/types";
import { build } from "./build.ts";
import type { LauncherErrorCode } from "./errors.ts";
import { CHAIN_FOLDER } from "./paths.ts";
import { step } from "./progress.ts";
import { deployProof } from "./proof.ts";
import { chainStatus, statusTable } from "./status.ts";

const GROUPS = [parseGroupShape("1:pbft:storage"), parseGroupShape("2:raft:mpt")];
const FIRST_RPC_PORT = Number(process.env["FB_RPC_PORT"] ?? 8545);
const FIRST_PORTS = {
  p2p: Number(process.env["FB_P2P_PORT"] ?? 30300),
  rpc: FIRST_RPC_PORT,
  operator: Number(process.env["FB_OPERATOR_PORT"] ?? FIRST_RPC_PORT + OPERATOR_PORT_OFFSET),
};

/** From a clone to a proven chain; what exists is kept, what runs is left running. */
export async function up(): Promise<void> {
  await step("building (only what changed)", build);
  const fresh = nodesOf(CHAIN_FOLDER).length === 0;
  if (fresh) await step("making certificates and configuration for 4 nodes and 2 groups", makeChain);
  const nodes = nodesOf(CHAIN_FOLDER);
  await requireFreePorts(nodes);
  const stopped = nodes.filter((node) => node.pid() === null);
  if (stopped.length > 0) {
    await step(`starting ${stopped.map((node) => node.name).join(", ")}`, async () => {
      for (const node of stopped) node.start();
      await Promise.all(nodes.map((node) => node.ready()));
    });
  }
  await step("waiting until every group of every node is live", () => waitForGroups(nodes.length));
  for (const group of GROUPS) {
    const address = await step(
      `deploying a contract to group ${group.id} (${group.consensus}) and reading it back from every node`,
      () => deployProof(nodes, group.id),
    );
    console.log(`    group ${group.id}: contract ${address}`);
  }
  console.log(`\n${statusTable((await chainStatus()).nodes)}\n`);
  printNext(nodes, fresh);
}

async function makeChain(): Promise<void> {
  rmSync(CHAIN_FOLDER, { recursive: true, force: true });
  await buildChain({
    output: CHAIN_FOLDER,
    chainId: 1,
    topology: parseTopology("127.0.0.1:4 agency1 1,2"),
    groups: GROUPS,
    ports: FIRST_PORTS,
    dev: true,
    binary: "fb-node",
    timestamp: Date.now(),
    extend: false,
  });
}

async function requireFreePorts(nodes: readonly NodeProcess[]): Promise<void> {
  for (const node of nodes) {
    if (node.pid() !== null) continue;
    for (const [use, port] of [
      ["RPC", node.rpcPort],
      ["operator", node.operatorPort],
      ["peer", node.p2pPort],
    ] as const) {
      if (port === null || (await portIsFree(port))) continue;
      throw new FbError<LauncherErrorCode>(
        "PORT_IN_USE",
        `${node.name} needs ${use} port ${port}, but another program listens there; stop it, or change the port in ${node.folder}/config.ini (see who: ss -ltnp 'sport = :${port}')`,
      );
    }
  }
}

async function waitForGroups(nodeCount: number): Promise<void> {
  const live = await until(async () => {
    const { nodes } = await chainStatus();
    const rows = nodes.flatMap((node) => node.groups);
    return (
      rows.length === nodeCount * GROUPS.length &&
      GROUPS.every((group) => rows.some((row) => row.id === group.id && row.role === "leader"))
    );
  }, 60_000);
  if (!live)
    throw new FbError<LauncherErrorCode>(
      "PROOF_FAILED",
      "not every group has a leader after 60 s; see ./fb status and ./fb logs",
    );
}

function printNext(nodes: readonly NodeProcess[], fresh: boolean): void {
  const url = nodes[0]!.rpcUrl;
  console.log("Try next:");
  console.log(`  ./fb console                                  talk to the chain`);
  console.log(`  ./fb status                                   heights, roles, ports`);
  console.log(`  ./fb logs node0                               what a node writes`);
  console.log(`  ./fb down                                     stop; ./fb up starts again with the same data`);
  console.log(`  any Ethereum tool: ${url}/group/1 (chain id 65537) and ${url}/group/2 (chain id 65538)`);
  console.log(`  the operator's: ${nodes[0]!.operatorUrl}/metrics and /ready`);
  if (!fresh) return;
  console.log("\nUNSAFE development accounts (their keys are public), funded in both groups:");
  for (const account of devAccounts()) console.log(`  ${account.address}  ${account.privateKey}`);
}
