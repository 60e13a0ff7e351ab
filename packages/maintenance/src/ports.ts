import type { CryptoSuite, Evm, StorageBackend } from "@fb/types";
import type { Progress } from "./progress.ts";

/** What every job is told, and asks. */
export interface JobDeps {
  /** Told often; cheap to be told. */
  readonly onProgress: (progress: Progress) => void;
  /** Ends the job at the next opportunity: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface StoreDeps extends JobDeps {
  /** Of a group that does not run. */
  readonly backend: StorageBackend;
  readonly suite: CryptoSuite;
}

/** For a backup, which other work on the store may go on beside. */
export interface BackupDeps extends JobDeps {
  /** Of a group that may run. */
  readonly backend: Pick<StorageBackend, "snapshot" | "rowsMany">;
}

/** For jobs that execute blocks. */
export interface ExecutionDeps extends StoreDeps {
  readonly evm: Evm;
}
