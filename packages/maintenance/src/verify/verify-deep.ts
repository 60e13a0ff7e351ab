import { keyNumber, TABLES } from "@fb/storage-amdb";
import type { StorageBackend, TableRow } from "@fb/types";
import { decodeItem, openImporter } from "../block-import.ts";
import { compareStores } from "../compare-stores.ts";
import { maintenanceError } from "../errors.ts";
import { Faults } from "../faults.ts";
import type { VerifyOptions } from "../options.ts";
import type { ExecutionDeps } from "../ports.ts";
import { storedBlocks } from "../stored-blocks.ts";
import { openContext } from "./context.ts";
import { type VerifyReport, verifyStore } from "./verify-store.ts";

/**
 * `verifyStore`, and then all blocks executed again into `scratch`, an empty store, whose rows must be those of the store
 * (SPEC 2). Rejects with BLOCKS_PRUNED too.
 */
export async function verifyDeep(
  options: Omit<VerifyOptions, "from" | "to">,
  deps: ExecutionDeps,
  scratch: StorageBackend,
): Promise<VerifyReport> {
  const report = await verifyStore(options, deps);
  const faults = new Faults(Math.max(0, (options.maxFaults ?? 100) - report.first.length));
  const { genesis, head, lowestBlock } = await openContext(deps, options.genesis, () => undefined);
  if (lowestBlock > 1) {
    const message = `blocks below ${lowestBlock} were pruned: only a store with all of them can be executed again`;
    throw maintenanceError("BLOCKS_PRUNED", message);
  }
  const replayed = await replay(genesis, head, deps, scratch, faults);
  if (replayed) {
    const lowest = await lowestKept(deps.backend);
    const mayLack = (row: TableRow) => isGivenUp(row, lowest);
    const snapshots = [await scratch.snapshot(), await deps.backend.snapshot()] as const;
    await compareStores(...snapshots, { step: "compare", mayLack, report: faults.report }, deps);
  }
  const counts: Record<string, number> = { ...report.counts };
  for (const [code, count] of Object.entries(faults.counts)) counts[code] = (counts[code] ?? 0) + count;
  return { ...report, faults: report.faults + faults.total, counts, first: [...report.first, ...faults.first] };
}

/** Executes all blocks into the scratch store. False when one of them cannot be. */
async function replay(
  genesis: Parameters<typeof openImporter>[0],
  head: number,
  deps: ExecutionDeps,
  scratch: StorageBackend,
  faults: Faults,
): Promise<boolean> {
  const { backend, onProgress, signal } = deps;
  // All old states, so that whatever the store kept of them can be compared.
  const historyBlocks = genesis.stateType === "mpt" ? 0 : head + 1;
  const importer = await openImporter(genesis, { historyBlocks, keepBlocks: 0 }, { ...deps, backend: scratch });
  try {
    let height = 1;
    if (head < 1) return true;
    for await (const item of storedBlocks(backend, 1, head)) {
      signal.throwIfAborted();
      const decoded = decodeItem(item);
      const outcome =
        decoded === null
          ? { ok: false as const, code: "unreadable" }
          : await importer.importBlock(decoded.block, decoded.certificate);
      if (!outcome.ok) {
        const fault = { code: "ROOT_DIFFERS", table: TABLES.numberToBody, height } as const;
        faults.report({ ...fault, expected: "a block that can be executed again", found: outcome.code });
        return false;
      }
      onProgress({ step: "execute", done: height, total: head, unit: "blocks" });
      height++;
    }
    return true;
  } finally {
    await importer.close();
  }
}

/** The oldest state root and the oldest pre-images that a store keeps. */
async function lowestKept(backend: StorageBackend): Promise<{ roots: number; images: number }> {
  const lowest = async (table: string) => {
    for await (const { key } of backend.scan(table, { limit: 1 })) if (key.length === 8) return keyNumber(key);
    return Number.MAX_SAFE_INTEGER;
  };
  return { roots: await lowest(TABLES.stateRoots), images: await lowest(TABLES.preImages) };
}

/** What a node that keeps fewer old states has no more (SPEC 2.2). Nodes of the trie were counted before. */
function isGivenUp({ table, key }: TableRow, { roots, images }: { roots: number; images: number }): boolean {
  if (table === TABLES.trieNodes) return roots > 0;
  if (table === TABLES.stateRoots) return key.length === 8 && keyNumber(key) < roots;
  if (table === TABLES.trieStale) return keyNumber(key) <= roots;
  return table === TABLES.preImages && keyNumber(key) < images;
}
