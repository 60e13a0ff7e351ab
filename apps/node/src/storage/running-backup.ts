import { basename, dirname, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { FbBackup } from "@fb/api";
import type { BackupResult, JobDeps } from "@fb/maintenance";
import { FbError, fromHex, type GroupId, isCode } from "@fb/types";
import { usageError } from "./errors.ts";
import { askOperator } from "./operator-client.ts";

/** A group of a node that runs on this machine. */
export interface RunningGroup {
  readonly groupId: GroupId;
  /** Where its node is asked; null = it has no listener for its operator. */
  readonly operatorUrl: string | null;
  /** Where it writes backups. */
  readonly backupFolder: string;
}

/** Between two looks at how far the node is. */
const LOOK_EVERY_MS = 250;

/**
 * Has the node that runs write a backup of one of its groups, and waits for it. When the signal says so, the node breaks
 * it off.
 *
 * @param locked why the store cannot be opened here; thrown when there is no node to ask
 */
export async function runningBackup(
  file: string,
  { groupId, operatorUrl: url, backupFolder }: RunningGroup,
  { onProgress, signal }: JobDeps,
  locked: FbError,
): Promise<BackupResult> {
  if (url === null) {
    const fix = "set listen_port of [operator] in config.ini and restart it, or stop it";
    throw new FbError(
      "STORAGE_LOCKED",
      `${locked.message}; a node that runs is asked at its operator listener: ${fix}`,
    );
  }
  if (dirname(resolve(file)) !== backupFolder) {
    throw usageError(`the node runs, and writes backups of this group into ${backupFolder} only: name a file there`);
  }
  let backup = await begun(url, groupId, basename(file), locked);
  while (backup.state === "running") {
    onProgress({ step: "backup", done: backup.rows, total: null, unit: "rows" });
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    backup = await look(url, signal.aborted ? "fb_stopBackup" : "fb_backupStatus", groupId);
    if (signal.aborted && backup.state !== "done") signal.throwIfAborted();
  }
  if (backup.error !== null) throw new FbError(backup.error.code, backup.error.message);
  return resultOf(backup);
}

async function begun(url: string, group: number, name: string, locked: FbError): Promise<FbBackup> {
  try {
    return await askOperator(url, "fb_backup", group, name);
  } catch (error) {
    if (!isCode(error, "NODE_UNREACHABLE")) throw error;
    // Another command may have the store.
    throw new FbError("STORAGE_LOCKED", `${locked.message}; ${error.message}`);
  }
}

async function look(url: string, method: "fb_backupStatus" | "fb_stopBackup", group: number): Promise<FbBackup> {
  const backup = await askOperator(url, method, group);
  if (backup !== null) return backup;
  throw new FbError("BACKUP_STOPPED", "the node was restarted meanwhile; there is no file");
}

function resultOf({ height, head, rows, bytes, digest }: FbBackup): BackupResult {
  return { height: height!, headHash: fromHex(head!)!, rows, bytes: bytes!, digest: fromHex(digest!)! };
}
