import assert from "node:assert/strict";
import { type GaleraCluster, startGalera } from "@fb/mariadb";
import { createBench, type FaultBench } from "./bench.ts";

export interface GaleraRun {
  readonly seed: number;
  /** How many times the server in use is killed and started again. */
  readonly kills: number;
  /** Blocks between two kills. */
  readonly blocks: number;
  readonly onKill?: (server: number, height: number) => void;
}

/**
 * Commits random blocks to a Galera cluster of three servers on loopback. The server in use is killed in the middle of a
 * commit, the blocks go on through another one, the killed one returns, and then the next is killed. Throws
 * AssertionError when anything was lost or is there twice, on the backend or on any of the servers.
 */
export async function runGalera({ seed, kills, blocks, onKill }: GaleraRun): Promise<void> {
  const galera = await startGalera(3);
  try {
    const bench = await createBench(galera.servers[0]!, seed);
    await bench.open({ hosts: galera.servers });
    for (let kill = 0; kill < kills; kill++) {
      for (let i = 0; i < blocks; i++) await bench.commit();
      const used = await galera.serverInUse();
      await bench.commitWhile(() => used.kill());
      onKill?.(galera.servers.indexOf(used), bench.stream.height);
      await bench.check();
      for (let i = 0; i < blocks; i++) await bench.commit();
      assert.notEqual(await galera.serverInUse(), used);
      await galera.restart(used);
      await galera.synced();
      await checkServers(bench, galera);
    }
    await bench.close();
  } finally {
    await galera.dispose();
  }
}

/** Each server alone has what the blocks make. */
async function checkServers(bench: FaultBench, { servers }: GaleraCluster): Promise<void> {
  for (const server of servers) {
    const reader = await bench.openAnother({ hosts: [server], readOnly: true });
    await bench.stream.check(reader);
    await reader.close();
  }
}
