import { type Height, invariant, type TableRow } from "@fb/types";
import { maintenanceError } from "./errors.ts";
import type { FileHeader } from "./files/file-header.ts";
import { type FrameFile, openFrames } from "./files/frame-reader.ts";
import { compareRowPlaces, decodeRows } from "./files/row-items.ts";
import { genesisBlock, requireOwn } from "./identity.ts";
import type { FileOptions } from "./options.ts";
import type { StoreDeps } from "./ports.ts";
import { type VerifyReport, verifyStore } from "./verify/verify-store.ts";

/** Blocks before the head that are looked at after a restore. */
const LOOKED_AT = 100;

export interface RestoreResult {
  readonly height: Height;
  readonly rows: number;
  /** Of the last blocks. */
  readonly verified: VerifyReport;
}

/**
 * Fills an empty store from a backup. The whole file is read and checked before anything is written, and again while it
 * is. Rejects with STORE_NOT_EMPTY, FILE_FORMAT, FILE_DAMAGED, FILE_FOREIGN; then nothing was changed. What is broken off
 * later leaves a store that takes no block, and is restored anew.
 */
export async function restoreStore(
  { path, genesis, keys = null }: FileOptions,
  deps: StoreDeps,
): Promise<RestoreResult> {
  const { backend, suite } = deps;
  if (backend.height() >= 0) {
    throw maintenanceError(
      "STORE_NOT_EMPTY",
      `the store holds blocks up to ${backend.height()}: restore into an empty one`,
    );
  }
  const { hash: genesisHash } = await genesisBlock(genesis, suite);
  const read = async <T>(job: (file: FrameFile) => Promise<T>): Promise<T> => {
    const file = await openFrames(path, keys);
    try {
      requireOwn(path, file.header, { kind: "backup", genesis, genesisHash });
      return await job(file);
    } finally {
      await file.close();
    }
  };
  const counted = await read(async (file) => {
    let rows = 0;
    for await (const _ of rowsOf(path, file, "check", deps)) rows++;
    return { rows, header: file.header };
  });
  await read((file) => {
    requireSame(path, counted.header, file.header);
    return backend.fill(file.header.height, rowsOf(path, file, "restore", deps));
  });
  const { height } = counted.header;
  invariant(backend.height() === height, "a filled store has the height of its backup");
  const verified = await verifyStore({ genesis, from: Math.max(0, height - LOOKED_AT), to: height }, deps);
  return { height, rows: counted.rows, verified };
}

/** The rows of a backup in ascending order. */
async function* rowsOf(
  path: string,
  file: FrameFile,
  step: string,
  { onProgress, signal }: Pick<StoreDeps, "onProgress" | "signal">,
): AsyncIterable<TableRow> {
  let last: TableRow | null = null;
  for await (const { items, at } of file.frames(decodeRows)) {
    signal.throwIfAborted();
    onProgress({ step, done: at, total: file.bytes, unit: "bytes" });
    if (last !== null && compareRowPlaces(last, items[0]!) >= 0) {
      throw maintenanceError("FILE_DAMAGED", `${path} has rows out of order before byte ${at}`);
    }
    last = items.at(-1)!;
    yield* items;
  }
}

function requireSame(path: string, before: FileHeader, now: FileHeader): void {
  if (before.height === now.height && before.headHash.every((byte, i) => byte === now.headHash[i])) return;
  throw maintenanceError("FILE_DAMAGED", `${path} was replaced while it was read`);
}
