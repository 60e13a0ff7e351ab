import type { ReportFault } from "@fb/storage-amdb";
import type { CryptoSuite, Hash, Height, StorageBackend } from "@fb/types";

export interface TrieCheckOptions {
  readonly backend: Pick<StorageBackend, "rows" | "rowsMany" | "scan">;
  readonly suite: CryptoSuite;
  /** The height of the store. */
  readonly head: Height;
  /** State root that a header commits to; null when there is no such header. */
  readonly rootAt: (height: Height) => Promise<Hash | null>;
  /** Whether every kept height is looked at, or the head only. */
  readonly roots: "head" | "all";
  readonly report: ReportFault;
  /** Told again and again with the nodes looked at so far; may throw to end the check. */
  readonly progress: (nodes: number) => void;
}

export interface TrieCheckResult {
  /** Nodes of the head's tries. */
  readonly nodes: number;
  readonly accounts: number;
  readonly slots: number;
  /** Heights whose tries were looked at. */
  readonly roots: number;
}
