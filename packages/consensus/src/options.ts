import { MAX_BLOCK_BYTES } from "@fb/types";
import { consensusError } from "./errors.ts";

/** What every engine takes from `conf/group.N.ini` and the host. */
export interface EngineOptions {
  /** Directory of this group's journal; created when missing. Nothing else lives there. */
  readonly journalDir: string;
  /** Wait for more transactions this long before sealing a block that is not full. ms, 0..60000, default 500. */
  readonly minBlockIntervalMs?: number;
  /**
   * Empty blocks that follow the last one with transactions before the group is silent, so that clients that wait for
   * confirmations or missed an event get them. 0..64, default 5; the same on all nodes.
   */
  readonly settleBlocks?: number;
  /** Time between them. ms, 100..60000, default 500. */
  readonly settleIntervalMs?: number;
  /** Seal an empty block when nothing happened for this long. ms, 0 = never (default), else 1000..86400000. */
  readonly emptyBlockIntervalMs?: number;
  /** What this node packs into a block at most, in bytes; all may pack MAX_BLOCK_BYTES. 1024..8 MiB, default 4 MiB. */
  readonly maxBlockBytes?: number;
  /** A fresh proposal's header may be this far ahead of our clock, or 1 ms past its parent's. ms, default 30000. */
  readonly maxAheadMs?: number;
  /**
   * The operator's word that this node has forgotten no promise, whatever its journal looks like: it is believed and
   * written down at the next start. Where it is wrong the group can decide two blocks at one height. Default false.
   */
  readonly voteWithoutJournal?: boolean;
}

export type CheckedEngineOptions = Required<EngineOptions>;

/** Fills in defaults. Throws BAD_OPTION naming the option and its range. */
export function checkEngineOptions(options: EngineOptions): CheckedEngineOptions {
  const checked = {
    journalDir: options.journalDir,
    minBlockIntervalMs: options.minBlockIntervalMs ?? 500,
    settleBlocks: options.settleBlocks ?? 5,
    settleIntervalMs: options.settleIntervalMs ?? 500,
    emptyBlockIntervalMs: options.emptyBlockIntervalMs ?? 0,
    maxBlockBytes: options.maxBlockBytes ?? 4 * 1024 * 1024,
    maxAheadMs: options.maxAheadMs ?? 30_000,
    voteWithoutJournal: options.voteWithoutJournal ?? false,
  };
  requireRange("minBlockIntervalMs", checked.minBlockIntervalMs, 0, 60_000);
  requireRange("settleBlocks", checked.settleBlocks, 0, 64);
  requireRange("settleIntervalMs", checked.settleIntervalMs, 100, 60_000);
  if (checked.emptyBlockIntervalMs !== 0) {
    requireRange("emptyBlockIntervalMs", checked.emptyBlockIntervalMs, 1000, 86_400_000);
  }
  requireRange("maxBlockBytes", checked.maxBlockBytes, 1024, MAX_BLOCK_BYTES);
  requireRange("maxAheadMs", checked.maxAheadMs, 1000, 3_600_000);
  return checked;
}

/** Throws BAD_OPTION unless `value` is an integer in [min, max]. */
export function requireRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw consensusError("BAD_OPTION", `${name} must be an integer from ${min} to ${max}, is ${value}`, { name, value });
}
