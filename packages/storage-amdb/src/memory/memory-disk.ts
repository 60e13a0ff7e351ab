import type { RowFields } from "@fb/types";
import { type StorageErrorCode, storageError } from "../errors.ts";

/** Row id to fields, ascending. Never modified in place, so readers may hold on to it. */
export type MemoryRows = readonly { readonly row: number; readonly fields: RowFields }[];

/** One table of a disk: rows by the key's binary string. */
export interface MemoryTable {
  readonly rows: Map<string, MemoryRows>;
  /** Keys in order; null = to be sorted again. */
  sorted: readonly string[] | null;
}

/**
 * What outlives a memory backend: open another backend over the same disk to "restart". Faults of a real disk happen on
 * demand.
 */
export interface MemoryDisk {
  /** Makes the next commits fail with this code until `repair`. */
  failCommits(code: Extract<StorageErrorCode, "STORAGE_FULL" | "STORAGE_FAILED">): void;
  /** Ends `failCommits`. A backend that saw a failure still refuses commits until it is opened again. */
  repair(): void;
  /** Commits written from now on wait for `resumeSync` before they are acknowledged or visible. */
  pauseSync(): void;
  resumeSync(): void;
  /** A power cut: forgets what is not synced; commits that wait fail with STORAGE_FAILED. */
  crash(): void;
}

interface Waiting {
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** @internal */
export class MemoryDiskState implements MemoryDisk {
  readonly tables = new Map<string, MemoryTable>();
  height = -1;
  /** Whether filling was begun and not finished. */
  incomplete = false;
  #failure: StorageErrorCode | null = null;
  #paused = false;
  #waiting: Waiting[] = [];

  failCommits(code: "STORAGE_FULL" | "STORAGE_FAILED"): void {
    this.#failure = code;
  }

  repair(): void {
    this.#failure = null;
  }

  pauseSync(): void {
    this.#paused = true;
  }

  resumeSync(): void {
    this.#paused = false;
    for (const { apply, resolve } of this.#waiting.splice(0)) {
      apply();
      resolve();
    }
  }

  crash(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(storageError("STORAGE_FAILED", "the disk crashed"));
  }

  /** Applies a batch when it is synced. */
  write(apply: () => void): Promise<void> {
    if (this.#failure !== null) return Promise.reject(storageError(this.#failure, "the disk refuses to write"));
    if (this.#paused) {
      return new Promise((resolve, reject) => this.#waiting.push({ apply, resolve, reject }));
    }
    apply();
    return Promise.resolve();
  }

  table(name: string): MemoryTable {
    let table = this.tables.get(name);
    if (table === undefined) this.tables.set(name, (table = { rows: new Map(), sorted: null }));
    return table;
  }
}

/** A disk that lives in memory, for {@link createMemoryBackend}. */
export function createMemoryDisk(): MemoryDisk {
  return new MemoryDiskState();
}
