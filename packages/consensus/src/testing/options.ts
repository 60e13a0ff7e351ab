import type { FakeClock } from "@fb/runtime/testing";
import type { ConsensusEngine, ConsensusType, CryptoSuite } from "@fb/types";
import type { JournalFiles } from "../journal/files.ts";
import type { EngineDeps } from "../ports.ts";
import type { FaultKind } from "./random-faults.ts";

export interface SimulationOptions {
  /** Random commands before everything is healed. */
  readonly steps: number;
  /** Sealers that may be Byzantine of n; 0 for engines that tolerate crashes only. */
  readonly maxByzantine: (n: number) => number;
  /** Sealers that may stay down at the end, Byzantine ones included. */
  readonly maxFaulty: (n: number) => number;
  /** Faults beside crashes, loss, reordering, duplication and partitions; default none. */
  readonly faults?: readonly FaultKind[];
  /** Blocks that add, remove and swap sealers or change the time-out; default none. */
  readonly changes?: boolean;
  /** Half of the histories have heads that a crash takes back; false for engines that need a head to be durable. */
  readonly lazyStore?: boolean;
}

export interface TestGroupOptions {
  readonly sealers: number;
  readonly type: ConsensusType;
  readonly suite: CryptoSuite;
  readonly clock: FakeClock;
  readonly create: (journalDir: string, deps: EngineDeps, files: JournalFiles) => ConsensusEngine;
  /** How far each node's clock is ahead, by index. ms, default 0. */
  readonly skewMs?: readonly number[];
  /** How far the genesis is ahead of the clocks. ms, default 0. */
  readonly genesisAheadMs?: number;
}
