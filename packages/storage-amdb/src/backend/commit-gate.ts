import { FbError, type Height } from "@fb/types";
import { storageError } from "../errors.ts";

/**
 * What every backend promises about order: heights are committed one at a time and without gaps, a failed commit is the
 * last one, reads never show a batch that is not acknowledged yet, and close waits for what is under way.
 */
export class CommitGate {
  #height: Height;
  #committing: Promise<void> | null = null;
  #between: Promise<void> | null = null;
  #failure: FbError | null = null;
  #closing: Promise<void> | null = null;
  #reads = 0;
  #idle: (() => void) | null = null;
  #incomplete: boolean;

  /** @param incomplete whether filling the backend was begun and not finished */
  constructor(height: Height, incomplete = false) {
    this.#height = height;
    this.#incomplete = incomplete;
  }

  get height(): Height {
    return this.#height;
  }

  get isClosed(): boolean {
    return this.#closing !== null;
  }

  checkOpen(): void {
    if (this.isClosed) throw storageError("STORAGE_CLOSED", "storage is closed");
  }

  /**
   * Runs the write of `height`; the height moves when it resolves. Throws HEIGHT_OUT_OF_ORDER, STORAGE_INCOMPLETE,
   * STORAGE_CLOSED, or the failure.
   */
  async commit(height: Height, write: () => Promise<void>): Promise<void> {
    this.#checkNext(height, this.#height + 1);
    if (this.#incomplete) {
      throw storageError("STORAGE_INCOMPLETE", "filling this storage was broken off: run the restore or copy again");
    }
    await this.#write(height, write);
  }

  /** Runs the filling of an empty backend up to `height`; as `commit`, but may be tried again when it failed. */
  async fill(height: Height, write: () => Promise<void>): Promise<void> {
    this.#checkNext(this.#height, -1);
    this.#incomplete = true;
    try {
      await this.#write(height, write);
      this.#incomplete = false;
    } finally {
      this.#failure = null;
    }
  }

  #checkNext(height: Height, expected: Height): void {
    this.checkOpen();
    if (this.#failure !== null) throw this.#failure;
    if (this.#committing !== null || height !== expected) {
      const fields = { height, expected, busy: this.#committing !== null };
      throw storageError("HEIGHT_OUT_OF_ORDER", "commit is not the next one", fields);
    }
  }

  async #write(height: Height, write: () => Promise<void>): Promise<void> {
    let settled = (): void => undefined;
    this.#committing = new Promise((resolve) => {
      settled = resolve;
    });
    try {
      if (this.#between !== null) await this.#between;
      await write();
      this.#height = height;
    } catch (error) {
      // Nobody knows whether the batch reached the disk; only reopening tells.
      this.#failure = asStorageError(error);
      throw this.#failure;
    } finally {
      this.#committing = null;
      settled();
    }
  }

  /** Runs a read. A read that overlaps a commit is handed over only after that commit is acknowledged. */
  async read<T>(job: () => Promise<T>): Promise<T> {
    this.checkOpen();
    this.#reads++;
    try {
      const result = await job();
      while (this.#committing !== null) await this.#committing;
      return result;
    } catch (error) {
      throw asStorageError(error);
    } finally {
      if (--this.#reads === 0) this.#idle?.();
    }
  }

  /**
   * Runs, while no commit is under way, what changes no row's content; a commit that comes meanwhile waits for it. One at
   * a time. Throws STORAGE_CLOSED, the failure of a commit, or its own.
   */
  async between<T>(job: () => Promise<T>): Promise<T> {
    this.checkOpen();
    this.#reads++;
    let settled = (): void => undefined;
    try {
      while (this.#committing !== null) await this.#committing;
      if (this.#failure !== null) throw this.#failure;
      this.#between = new Promise((resolve) => {
        settled = resolve;
      });
      return await job();
    } catch (error) {
      throw asStorageError(error);
    } finally {
      this.#between = null;
      settled();
      if (--this.#reads === 0) this.#idle?.();
    }
  }

  /** Refuses new work, waits for what runs, then releases. Idempotent. */
  close(release: () => Promise<void>): Promise<void> {
    this.#closing ??= (async () => {
      if (this.#reads > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
      while (this.#committing !== null) await this.#committing;
      await release();
    })();
    return this.#closing;
  }
}

/** RocksDB's words for a lock that somebody holds; it has others for a lock file that it cannot open. */
const HELD = /lock hold by current process|while lock file: .*(temporarily unavailable|permission denied)/i;
const FORBIDDEN = /permission denied|operation not permitted|read-only file system|EACCES|EPERM|EROFS/i;

/** Classifies a failure of the disk; errors that already carry a code pass as they are. */
export function asStorageError(error: unknown): FbError {
  if (error instanceof FbError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/no space left|ENOSPC/i.test(text)) return storageError("STORAGE_FULL", "no space left on the device", {}, error);
  if (/corrupt|checksum/i.test(text)) return storageError("STORAGE_CORRUPT", text, {}, error);
  if (HELD.test(text)) return storageError("STORAGE_LOCKED", "another process has this storage open", {}, error);
  if (FORBIDDEN.test(text)) return storageError("STORAGE_NOT_WRITABLE", text, {}, error);
  return storageError("STORAGE_FAILED", text, {}, error);
}
