import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { NodeProcess } from "@fb/local-chain";
import { FbError } from "@fb/types";
import type { Attack } from "./attack.ts";
import { createAttacker } from "./attacker.ts";
import { pause } from "./attacks/pacing.ts";
import type { RedChain } from "./chain.ts";
import type { RedteamErrorCode } from "./errors.ts";
import { startLoad } from "./measure/load.ts";
import { LIMITS } from "./measure/verdict.ts";
import { table } from "./report.ts";

/** Longer than the limit, so that a table says by how much it was missed. */
const GIVE_UP_MS = 40_000;
const TAIL_BYTES = 4_000;

/** How the nodes of a chain ended by SIGTERM under one attack. */
export interface StopResult {
  readonly attack: string;
  /** Of each node, from the signal to the end of its process; null = it had to be killed. */
  readonly stopMs: readonly (number | null)[];
  readonly broken: readonly string[];
}

export interface StopOptions {
  /** Transactions a second in each group. */
  readonly rate: number;
  /** From the beginning of the attack to the signal. */
  readonly seconds: number;
}

/** Ends all nodes at once while they are attacked, after having started those that do not run. */
export async function stopUnder(attack: Attack, chain: RedChain, options: StopOptions): Promise<StopResult> {
  const { nodes, scene } = chain;
  for (const node of nodes) node.start();
  await Promise.all(nodes.map((node) => node.ready())).catch((error: Error) => {
    throw new FbError<RedteamErrorCode>("CHAIN_NOT_WELL", error.message);
  });
  const attacker = await createAttacker(attack.name, scene);
  const load = await startLoad({
    groups: scene.groups.map(({ id, chainId }) => ({ id, chainId, url: chain.url(0, id) })),
    rate: options.rate,
    seed: Math.floor(performance.timeOrigin + performance.now()),
  });
  try {
    void attacker.go();
    await pause(options.seconds * 1_000);
    const early = nodes.filter((node) => node.pid() === null).map(({ name }) => `${name} ended before the signal`);
    const stopMs = await Promise.all(nodes.map(timeOfStop));
    return {
      attack: attack.name,
      stopMs,
      broken: [...early, ...nodes.flatMap((node, i) => faultsOf(node, stopMs[i]!))],
    };
  } finally {
    await attacker.kill();
    await load.close();
  }
}

export function describeStops(results: readonly StopResult[]): string {
  const rows = results.map(({ attack, stopMs, broken }) => [
    attack,
    ...stopMs.map((ms) => (ms === null ? "killed" : `${(ms / 1_000).toFixed(1)} s`)),
    broken.length === 0 ? "held" : broken.join("; "),
  ]);
  const nodes = (results[0]?.stopMs ?? []).map((_, i) => `node${i}`);
  return table(["attack", ...nodes, "verdict"], rows);
}

async function timeOfStop(node: NodeProcess): Promise<number | null> {
  const startedAt = performance.now();
  if (await node.stop(GIVE_UP_MS)) return performance.now() - startedAt;
  await node.kill();
  return null;
}

function faultsOf(node: NodeProcess, ms: number | null): string[] {
  const faults: string[] = [];
  if (ms === null || ms > LIMITS.stopMs) faults.push(`SIGTERM took ${node.name} more than ${LIMITS.stopMs / 1_000} s`);
  if (!tail(node.logFile).includes('"node-stopped"')) faults.push(`${node.name} did not stop by itself`);
  // What a process says outside of its log is how it crashed.
  const said = readFileSync(join(node.folder, "node.out"), "utf8").trim();
  if (said !== "") faults.push(`${node.name} said: ${said.slice(0, 200)}`);
  return faults;
}

function tail(file: string): string {
  const { size } = statSync(file);
  const buffer = Buffer.alloc(Math.min(TAIL_BYTES, size));
  const fd = openSync(file, "r");
  try {
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, size - buffer.length)).toString("utf8");
  } finally {
    closeSync(fd);
  }
}
