import type { BlockImporter } from "@fb/ledger";
import { type CryptoSuite, equalBytes, type Hash, type Height, headerHash } from "@fb/types";
import { decodeItem, openImporter } from "./block-import.ts";
import { maintenanceError } from "./errors.ts";
import { decodeBlockItems } from "./files/block-items.ts";
import type { FileHeader } from "./files/file-header.ts";
import { type FrameFile, openFrames } from "./files/frame-reader.ts";
import { genesisBlock, requireOwn } from "./identity.ts";
import type { ImportOptions } from "./options.ts";
import type { ExecutionDeps, StoreDeps } from "./ports.ts";

export interface ImportResult {
  /** Of the store, before and after. */
  readonly before: Height;
  readonly height: Height;
}

/**
 * Executes the blocks of a file that follow the head and stores each whose certificate, execution and roots are right. The
 * whole file is read and checked first. Broken off, it goes on where it was the next time. Rejects with FILE_FORMAT,
 * FILE_DAMAGED, FILE_FOREIGN, when nothing was changed, and with BLOCK_REFUSED, when the blocks before that one are stored.
 */
export async function importBlocks(options: ImportOptions, deps: ExecutionDeps): Promise<ImportResult> {
  const { path, keys = null } = options;
  const { hash: genesisHash } = await genesisBlock(options.genesis, deps.suite);
  const before = deps.backend.height();
  const header = await checkFile(options, genesisHash, deps);
  if (header.from > Math.max(before, 0) + 1) {
    const message = `${path} begins with block ${header.from}, the store ends with ${Math.max(before, 0)}: blocks between are missing`;
    throw maintenanceError("BLOCK_REFUSED", message, { from: header.from, height: before });
  }
  const importer = await openImporter(options.genesis, options, deps);
  const file = await openFrames(path, keys);
  try {
    await run(path, file, importer, deps);
    return { before, height: importer.chain.head().header.number };
  } finally {
    await file.close();
    await importer.close();
  }
}

/** The file is whole, of this group, and its blocks are consecutive. */
async function checkFile(
  { path, genesis, keys = null }: ImportOptions,
  genesisHash: Hash,
  { onProgress, signal }: Pick<StoreDeps, "onProgress" | "signal">,
): Promise<FileHeader> {
  const file = await openFrames(path, keys);
  const { header } = file;
  try {
    requireOwn(path, header, { kind: "blocks", genesis, genesisHash });
    let next = header.from;
    for await (const { items, at } of file.frames(decodeBlockItems)) {
      signal.throwIfAborted();
      onProgress({ step: "check", done: at, total: file.bytes, unit: "bytes" });
      for (const item of items) {
        const number = decodeItem(item)?.block.header.number;
        if (number !== next++)
          throw maintenanceError("FILE_DAMAGED", `${path} has no block ${next - 1} where it must be`);
      }
    }
    if (next !== header.height + 1)
      throw maintenanceError("FILE_DAMAGED", `${path} ends before block ${header.height}`);
    return header;
  } finally {
    await file.close();
  }
}

async function run(path: string, file: FrameFile, importer: BlockImporter, deps: ExecutionDeps): Promise<void> {
  const { onProgress, signal } = deps;
  const { from, height } = file.header;
  for await (const { items } of file.frames(decodeBlockItems)) {
    for (const item of items) {
      signal.throwIfAborted();
      const decoded = decodeItem(item);
      if (decoded === null) throw maintenanceError("FILE_DAMAGED", `${path} was replaced while it was read`);
      const { block, certificate } = decoded;
      const { number } = block.header;
      requireSameHead(path, importer, block.header, deps.suite);
      const outcome = await importer.importBlock(block, certificate);
      if (!outcome.ok) {
        const message = `block ${number} of ${path} is not valid here: ${outcome.code}`;
        throw maintenanceError("BLOCK_REFUSED", message, { number, code: outcome.code });
      }
      onProgress({ step: "import", done: number - from + 1, total: height - from + 1, unit: "blocks" });
    }
  }
}

/** A block of the file at the store's height is the store's own. */
function requireSameHead(
  path: string,
  { chain }: BlockImporter,
  header: Parameters<typeof headerHash>[1],
  suite: CryptoSuite,
): void {
  const head = chain.head();
  if (header.number !== head.header.number || equalBytes(headerHash(suite, header), head.hash)) return;
  throw maintenanceError("FILE_FOREIGN", `${path} has another block ${header.number} than the store`);
}
