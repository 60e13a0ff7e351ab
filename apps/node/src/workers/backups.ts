import { access, mkdir, readdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { BackupAnswer, BackupRefusal, BackupRequest, FbBackup } from "@fb/api";
import { type BackupResult, backupStore } from "@fb/maintenance";
import type { Clock, Logger, ThreadLane } from "@fb/runtime";
import type { KeyRing } from "@fb/runtime/encryption";
import { FbError, type GenesisConfig, type StorageBackend, toHex } from "@fb/types";
import { errorCode, errorMessage } from "../errors.ts";
import { pacedRows } from "./paced-rows.ts";

/** Left to the node itself, whose groups halt on a full disk. */
const SPARED_BYTES = 512 * 1024 * 1024;
/** Between two looks at the room that is left. */
const LOOK_EVERY_MS = 1000;
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** What is not whole yet has this at its end. */
const PART = ".part";

/** BACKUP_NO_ROOM: the disk gets too full. BACKUP_STOPPED: by the operator, or because the group stops. */
export type BackupErrorCode = "BACKUP_NO_ROOM" | "BACKUP_STOPPED";

export interface BackupsDeps {
  readonly backend: Pick<StorageBackend, "snapshot" | "rowsMany">;
  /** Files are encrypted under these; null = in clear. */
  readonly keys: KeyRing | null;
  readonly lane: ThreadLane;
  readonly clock: Clock;
  readonly log: Logger;
  /** Bytes that are free where a folder is. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

interface Job {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Backups of a group while it runs, one at a time, in the slices that its thread has left. */
export class Backups {
  readonly #folder: string;
  readonly #genesis: GenesisConfig;
  readonly #deps: Required<BackupsDeps>;
  /** Of the one under way. */
  #job: Job | null = null;
  #isBeginning = false;
  #last: FbBackup | null = null;
  #isClosed = false;

  /** @param folder of the group's own, absolute; made when it is needed */
  constructor(folder: string, genesis: GenesisConfig, deps: BackupsDeps) {
    this.#folder = folder;
    this.#genesis = genesis;
    this.#deps = { freeBytes, ...deps };
  }

  async answer(request: BackupRequest): Promise<BackupAnswer> {
    if (request.type === "start") return this.#start(request.name);
    if (request.type === "stop") await this.#stop("the operator stopped it");
    return { ok: true, backup: this.#last };
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stop("the group stops");
  }

  async #start(name: string): Promise<BackupAnswer> {
    if (!PLAIN_NAME.test(name) || name.endsWith(PART)) {
      const allowed = `at most 128 letters, digits, dots, underscores and hyphens, not ending with ${PART}`;
      return refusal("BACKUP_NAME", `the name of a backup is ${allowed}`);
    }
    if (this.#job !== null || this.#isBeginning) {
      return refusal("BACKUP_RUNNING", `a backup is being written into ${this.#last?.file ?? this.#folder}`);
    }
    const file = join(this.#folder, name);
    this.#isBeginning = true;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      if (await isThere(file)) return refusal("BACKUP_EXISTS", `${file} exists already; name another file`);
      await this.#removeParts();
      await this.#requireRoom();
    } catch (error) {
      const code = errorCode(error);
      return refusal(code === "BACKUP_NO_ROOM" ? code : "BACKUP_FAILED", `${code}: ${errorMessage(error)}`);
    } finally {
      this.#isBeginning = false;
    }
    if (this.#isClosed) return refusal("GROUP_NOT_OPEN", "the group stops");
    return { ok: true, backup: this.#begin(file) };
  }

  #begin(file: string): FbBackup {
    const begun: FbBackup = { file, state: "running", rows: 0, ...NOT_WRITTEN };
    const stop = new AbortController();
    this.#last = begun;
    this.#deps.log.info("backup-started", { file });
    this.#job = { stop, ended: this.#run(begun, stop) };
    return begun;
  }

  /** Never rejects. */
  async #run(begun: FbBackup, stop: AbortController): Promise<void> {
    const { log, clock } = this.#deps;
    const { file } = begun;
    const stopLooking = clock.every(LOOK_EVERY_MS, () => {
      this.#requireRoom().catch((error: unknown) => stop.abort(error));
    });
    try {
      const result = await this.#write(begun, stop.signal);
      this.#last = { ...begun, ...whole(result) };
      const { height, rows, bytes } = result;
      log.info("backup-written", { file, height, rows, bytes, digest: toHex(result.digest) });
    } catch (failure) {
      const error = reason(failure, stop.signal);
      this.#last = { ...this.#last!, state: "failed", error };
      log.warn("backup-failed", { file, ...error });
    } finally {
      stopLooking();
      this.#job = null;
    }
  }

  #write(begun: FbBackup, signal: AbortSignal): Promise<BackupResult> {
    const { backend, lane, keys } = this.#deps;
    const snapshot = async () => {
      const whole = await backend.snapshot();
      return { height: whole.height, rows: pacedRows(whole.rows, { lane, signal }), close: () => whole.close() };
    };
    return backupStore(
      { path: begun.file, genesis: this.#genesis, keys },
      {
        backend: { snapshot, rowsMany: (table, asked) => backend.rowsMany(table, asked) },
        onProgress: ({ done }) => {
          this.#last = { ...begun, rows: done };
        },
        signal,
      },
    );
  }

  async #stop(why: string): Promise<void> {
    this.#job?.stop.abort(new FbError<BackupErrorCode>("BACKUP_STOPPED", why));
    await this.#job?.ended;
  }

  /** What a node that was killed had begun; nobody else writes here. */
  async #removeParts(): Promise<void> {
    const parts = (await readdir(this.#folder)).filter((name) => name.endsWith(PART));
    await Promise.all(parts.map((name) => rm(join(this.#folder, name), { force: true })));
  }

  /** Rejects with BACKUP_NO_ROOM, and with what the file system says. */
  async #requireRoom(): Promise<void> {
    if ((await this.#deps.freeBytes(this.#folder)) >= SPARED_BYTES) return;
    const message = `less than ${SPARED_BYTES >> 20} MiB would be left where ${this.#folder} is; see [operator] backup_path`;
    throw new FbError<BackupErrorCode>("BACKUP_NO_ROOM", message);
  }
}

const NOT_WRITTEN = { height: null, head: null, bytes: null, digest: null, error: null } as const;

function whole({ height, rows, bytes, headHash, digest }: BackupResult) {
  return { state: "done", rows, height, bytes, head: `0x${toHex(headHash)}`, digest: `0x${toHex(digest)}` } as const;
}

function reason(failure: unknown, signal: AbortSignal): { code: string; message: string } {
  const error: unknown = signal.aborted ? signal.reason : failure;
  const code = errorCode(error) === "ENOSPC" ? "BACKUP_NO_ROOM" : errorCode(error);
  return { code, message: errorMessage(error) };
}

function refusal(code: BackupRefusal, message: string): BackupAnswer {
  return { ok: false, code, message };
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
