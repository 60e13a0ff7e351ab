import type { Height } from "@fb/types";
import { maintenanceError } from "./errors.ts";
import { encodeBlockItem } from "./files/block-items.ts";
import { writeFrames } from "./files/frame-writer.ts";
import { identityOf } from "./identity.ts";
import type { ExportOptions } from "./options.ts";
import type { StoreDeps } from "./ports.ts";
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
  const written = await writeFrames(options.path, { ...identity, kind: "blocks", from }, async (writer) => {
    let done = 0;
    for await (const item of storedBlocks(backend, from, to)) {
      signal.throwIfAborted();
      await writer.item(encodeBlockItem(item));
      onProgress({ step: "export", done: ++done, total: to - from + 1, unit: "blocks" });
    }
  });
  return { from, to, bytes: written.bytes, digest: written.digest };
}
