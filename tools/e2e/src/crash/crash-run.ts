import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type NodeProcess, rpcCall, until } from "@fb/local-chain";
import { type Choice, choices } from "@fb/runtime/testing";
import { encryptNode } from "@fb/testkit";
import { createTestChain, type TestChain } from "../support/chain.ts";
import { SteadyTransfers } from "./steady-transfers.ts";

const GROUP = 1;
const NODES = 4;
/** Half of the nodes encrypt what they keep. */
const SEALED = 2;
const PROGRAM = fileURLToPath(new URL("../../../../apps/node/dist/main.js", import.meta.url));

export interface CrashOptions {
  readonly restarts: number;
  /** The same seed kills the same nodes after the same times. */
  readonly seed: number;
  readonly log: (line: string) => void;
}

export interface CrashReport {
  readonly restarts: number;
  /** Of the chain at the end. */
  readonly height: number;
  readonly transactions: number;
  /** Kills whose store had a block more than its node had told of. */
  readonly ahead: number;
  /** What was not as it must be; empty = nothing. */
  readonly faults: readonly string[];
}

/**
 * Four nodes under load. One after the other is killed with SIGKILL: at any time, as soon as it tells of a block, or
 * while it starts. After each kill its store must prove itself, hold what the node had told of, and agree with the
 * others; at the end every transaction was executed once on every node.
 */
export async function runCrashes({ restarts, seed, log }: CrashOptions): Promise<CrashReport> {
  const chain = await createTestChain({
    topology: `127.0.0.1:${NODES} agency1 ${GROUP}`,
    groups: [`${GROUP}:pbft:storage`],
    prepare: (node) => Number(node.name.slice(4)) < SEALED && encryptNode(node),
  });
  const urls = Array.from({ length: NODES }, (_, node) => chain.url(node, GROUP));
  const load = new SteadyTransfers(urls, BigInt(65_536 + GROUP), seed);
  try {
    const choice = choices(seed);
    const faults: string[] = [];
    let ahead = 0;
    for (let restart = 1; restart <= restarts; restart++) {
      const victim = choice.below(NODES);
      await load.avoid(victim);
      const told = await killOnce(chain, victim, choice);
      const { height, wrong } = await verify(chain.nodes[victim]!);
      if (height > told) ahead++;
      if (height < told) wrong.push(`it told of block ${told} and has ${height}`);
      chain.nodes[victim]!.start();
      await chain.nodes[victim]!.ready(120_000);
      wrong.push(...(await forks(chain, height)));
      faults.push(...wrong.map((fault) => `restart ${restart}, ${chain.nodes[victim]!.name}: ${fault}`));
      log(`restart ${restart}: ${chain.nodes[victim]!.name} told of ${told}, has ${height}; ${wrong.length} faults`);
    }
    await load.stop();
    const { height } = await chain.level(GROUP, undefined, 120_000);
    for (let node = 0; node < NODES; node++) {
      const isWhole = await until(async () => (await load.missing(node)).length === 0, 60_000, 500);
      if (!isWhole) faults.push(`${chain.nodes[node]!.name} has not all transactions once`);
    }
    return { restarts, height, transactions: load.sent, ahead, faults };
  } finally {
    await load.stop().catch(() => undefined);
    await chain.close();
  }
}

/** @returns the highest block that the node had told a client of */
async function killOnce(chain: TestChain, victim: number, choice: Choice): Promise<number> {
  const node = chain.nodes[victim]!;
  const height = async () => Number(await rpcCall(chain.url(victim, GROUP), "eth_blockNumber"));
  let told = await height();
  const kind = choice.of(["at any time", "after a block", "while it starts"] as const);
  if (kind === "after a block") {
    const before = told;
    await until(async () => (told = await height()) > before, 30_000, 1);
    await pause(choice.below(20));
  } else {
    const end = performance.now() + choice.below(1000);
    while (performance.now() < end) told = await height();
  }
  await node.kill();
  if (kind === "while it starts") {
    node.start();
    await pause(choice.below(3000));
    await node.kill();
  }
  return told;
}

/** All nodes have the same block at this height, once they have one. */
async function forks(chain: TestChain, height: number): Promise<string[]> {
  let hashes: (string | null)[] = [];
  await until(async () => {
    hashes = await Promise.all(chain.nodes.map((_, node) => chain.blockHash(node, GROUP, height).catch(() => null)));
    return !hashes.includes(null);
  }, 60_000);
  return new Set(hashes).size === 1 ? [] : [`block ${height} is not the same everywhere: ${hashes}`];
}

/** What the node's own tool says of a store that nobody has open. */
function verify(node: NodeProcess): Promise<{ height: number; wrong: string[] }> {
  const args = [PROGRAM, "storage", "verify", "--quiet", "--json", "--config", join(node.folder, "config.ini")];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const { to = -1 } = stdout === "" ? {} : (JSON.parse(stdout) as { to?: number });
      resolve({ height: to, wrong: error === null ? [] : [`storage verify: ${stderr}${stdout}`] });
    });
  });
}
