import type { Height } from "@fb/types";
import { maintenanceError } from "./errors.ts";
import { type BlockItem, encodeBlockItem } from "./files/block-items.ts";
import { writeFrames } from "./files/frame-writer.ts";
import { identityOf } from "./identity.ts";
import type { ExportOptions } from "./options.ts";
import type { JobDeps, StoreDeps } from "./ports.ts";
import { storedBlocks } from "./stored-blocks.ts";

export interface ExportResult {
  readonly from: Height;
  readonly to: Height;
  readonly bytes: number;
  /** Fingerprint of the file. */
  readonly digest: Uint8Array;
}

/**
 * Writes blocks with their certificates into a file, which is there only when it is whole. Rejects with STORE_EMPTY,
 * RANGE_INVALID, BLOCKS_PRUNED, with what storage rejects with, and with what the file system says.
 */
export async function exportBlocks(
  options: ExportOptions,
  { backend, onProgress, signal }: Omit<StoreDeps, "suite">,
): Promise<ExportResult> {
  const head = backend.height();
  const { from = 1, to = head } = options;
  if (head < 1) throw maintenanceError("STORE_EMPTY", "the store holds no block but the first");
  if (from < 1 || from > to || to > head) {
    throw maintenanceError("RANGE_INVALID", `the store has blocks 1 to ${head}`, { from, to, head });
  }
  const identity = await identityOf(options.genesis, backend, to);
  const header = { ...identity, kind: "blocks", from } as const;
  const items = told(storedBlocks(backend, from, to), to - from + 1, { onProgress, signal });
  const written = await writeFrames(options.path, { header, items, encode: encodeBlockItem }, options.keys);
  return { from, to, bytes: written.bytes, digest: written.digest };
}

async function* told(
  blocks: AsyncIterable<BlockItem>,
  total: number,
  { onProgress, signal }: JobDeps,
): AsyncIterable<BlockItem> {
  let done = 0;
  for await (const block of blocks) {
    signal.throwIfAborted();
    yield block;
    onProgress({ step: "export", done: ++done, total, unit: "blocks" });
  }
}
