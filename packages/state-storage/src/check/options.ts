import type { ReportFault } from "@fb/storage-amdb";
import type { CryptoSuite, Hash, Height, StorageBackend } from "@fb/types";

export interface HistoryCheckOptions {
  readonly backend: Pick<StorageBackend, "rows" | "rowsMany" | "scan">;
  readonly suite: CryptoSuite;
  /** The height of the store. */
  readonly head: Height;
  /** State root that a header commits to; null when there is no such header. */
  readonly rootAt: (height: Height) => Promise<Hash | null>;
  /** Memory for what blocks changed, in bytes; where it ends the check goes no further back. Default 256 MiB. */
  readonly maxBytes?: number;
  readonly report: ReportFault;
  /** Told with each block that was undone; may throw to end the check. */
  readonly progress: (blocks: number) => void;
}

export interface HistoryCheckResult {
  /** Blocks whose writes were found to give their root: the head and those before it. */
  readonly blocks: number;
  /**
   * When the way back led to the empty state before block 0: whether some block wrote a row. Null when it ended before.
   */
  readonly isWritten: ((table: string, key: Uint8Array) => boolean) | null;
}

export interface AccountRowsOptions {
  readonly emptyCodeHash: Hash;
  /** Whether code of this hash is stored. */
  readonly hasCode: (hash: Hash) => boolean;
  /** As `checkHistory` found it. */
  readonly isWritten: ((table: string, key: Uint8Array) => boolean) | null;
  readonly report: ReportFault;
}
