import type { Height, LogCriteria } from "@fb/types";
import type { BlockRef, LogRecord } from "./records.ts";

/** Logs of a range of blocks, both ends included, or of one block given twice. */
export interface LogFilter extends LogCriteria {
  readonly from: BlockRef;
  readonly to: BlockRef;
}

/** How much one search may take; what does not fit is left for the next. */
export interface LogLimits {
  readonly maxBlocks: number;
  readonly maxLogs: number;
  /** Bytes of data and topics, and 256 for each log; one log is found whatever its size. */
  readonly maxBytes: number;
}

/** A log's place in the chain. */
export interface LogPosition {
  readonly block: Height;
  /** Index in the block. */
  readonly logIndex: number;
}

/** The logs that fit the limits, in block order. */
export interface LogPage {
  readonly logs: readonly LogRecord[];
  /** Where the search goes on; null when it is complete. */
  readonly next: LogPosition | null;
}
