import { createBlockMaker } from "@fb/ledger/testing";
import { noMetrics, silentLogger, systemClock } from "@fb/runtime";
import { fromHex } from "@fb/types";
import { type NodeSetup, readNodeSetup } from "../src/node-setup.ts";
import { runStorage } from "../src/storage/run-storage.ts";
import { openBackend } from "../src/workers/open-backend.ts";
import type { NodeFolder } from "./node-folder.ts";
import { signedTransaction, type TestTransaction } from "./transactions.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `fb-node storage` in this process. */
export async function storage(...args: readonly string[]): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  const out = { write: (text: string) => void (stdout += text) };
  const code = await runStorage(args, { out, err: { write: (text) => void (stderr += text) } });
  return { code, stdout, stderr };
}

/** Opens the store of a group that does not run. */
export function openStore(group: NodeSetup["groups"][number]) {
  return openBackend(group.store, {}, { clock: systemClock, log: silentLogger, metrics: noMetrics });
}

/** Gives each group of a node these blocks, as if it had run and was stopped; it has no journal. */
export async function storeBlocks(
  folder: NodeFolder,
  blocks: readonly (readonly Omit<TestTransaction, "group">[])[],
): Promise<void> {
  const setup = readNodeSetup(folder.config);
  for (const group of setup.groups) {
    const { genesis } = group;
    const backend = await openStore(group);
    const maker = await createBlockMaker({ genesis, backend, keys: [setup.privateKey] });
    for (const transactions of blocks) {
      await maker.add(
        ...transactions.map((fields) => fromHex(signedTransaction({ ...fields, group: genesis.groupId }))!),
      );
    }
    await maker.close();
    await backend.close();
  }
}
