import type { FbBackup } from "./answers/fb.ts";

/** What the operator asks of a group that runs. It writes one backup at a time. */
export type BackupRequest =
  /** Begins to write all rows of the head into a file of this name, and does not wait for its end. */
  | { readonly type: "start"; readonly name: string }
  /** How far the backup is, or how the last one since the group was started has ended. */
  | { readonly type: "look" }
  /** Breaks it off: its file is not there afterwards. Nothing happens when none is written. */
  | { readonly type: "stop" };

/**
 * Why no backup was begun. BACKUP_RUNNING: one is being written; the operator waits for it or stops it. BACKUP_NAME: not
 * a plain file name. BACKUP_EXISTS: there is such a file; nothing is overwritten. BACKUP_NO_ROOM: the disk would get too
 * full for the node itself. BACKUP_FAILED: the folder cannot be written; the message says how. GROUP_NOT_OPEN: the group
 * has not opened its store.
 */
export type BackupRefusal =
  | "BACKUP_RUNNING"
  | "BACKUP_NAME"
  | "BACKUP_EXISTS"
  | "BACKUP_NO_ROOM"
  | "BACKUP_FAILED"
  | "GROUP_NOT_OPEN";

/** Null = no backup was begun since the group was started. */
export type BackupAnswer =
  | { readonly ok: true; readonly backup: FbBackup | null }
  | { readonly ok: false; readonly code: BackupRefusal; readonly message: string };
