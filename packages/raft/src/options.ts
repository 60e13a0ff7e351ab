import { type EngineOptions, requireRange } from "@fb/consensus";
import { fromHex, type NodeId } from "@fb/types";

export interface RaftOptions extends EngineOptions {
  /**
   * A node that has heard no leader for a time drawn from [minElectMs, maxElectMs] campaigns. An idle leader speaks four
   * times in minElectMs. ms, 200..60000, minElectMs <= maxElectMs, default 1000 and 2000.
   */
  readonly minElectMs?: number;
  readonly maxElectMs?: number;
  /**
   * A leader whose journal, execution or commit takes longer lets others lead, and does not campaign while it lasts.
   * ms, 1000..600000, default 20000.
   */
  readonly maxStallMs?: number;
  /** Where the draw starts; must differ between the nodes of a group. Default: from the node id. Integer from 0. */
  readonly electionSeed?: number;
}

type RaftTimes = Required<Omit<RaftOptions, keyof EngineOptions>>;

/** Fills in defaults. Throws BAD_OPTION naming the option and its range. */
export function checkRaftOptions(options: RaftOptions, self: NodeId): RaftTimes {
  const minElectMs = options.minElectMs ?? 1000;
  const checked = {
    minElectMs,
    maxElectMs: options.maxElectMs ?? Math.max(2000, 2 * minElectMs),
    maxStallMs: options.maxStallMs ?? 20_000,
    electionSeed: options.electionSeed ?? new DataView(fromHex(self)!.slice(0, 4).buffer).getUint32(0),
  };
  requireRange("minElectMs", minElectMs, 200, 60_000);
  requireRange("maxElectMs", checked.maxElectMs, minElectMs, 120_000);
  requireRange("maxStallMs", checked.maxStallMs, 1000, 600_000);
  requireRange("electionSeed", checked.electionSeed, 0, Number.MAX_SAFE_INTEGER);
  return checked;
}
