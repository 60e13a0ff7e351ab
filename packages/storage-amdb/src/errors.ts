import { type ErrorFields, FbError } from "@fb/types";

/** Why storage refused. The comment of each code says who must react and how. */
export type StorageErrorCode =
  /** A commit that is not `height() + 1`, or a second one while the first is under way. Bug of the caller: halt the group. */
  | "HEIGHT_OUT_OF_ORDER"
  /** The backend was closed. Expected while a group stops; otherwise a bug of the caller. */
  | "STORAGE_CLOSED"
  /** Stored bytes are not what this program writes. The operator restores the group's data; the group halts. */
  | "STORAGE_CORRUPT"
  /** No room left on the device. The operator makes room and restarts the group; the group halts. */
  | "STORAGE_FULL"
  /** Filling this storage from a backup or another storage was broken off. The operator runs that again. */
  | "STORAGE_INCOMPLETE"
  /** Another process has the directory open. The operator stops it. */
  | "STORAGE_LOCKED"
  /** The folder, a file in it or the file system may not be written. The operator corrects owner, mode or mount. */
  | "STORAGE_NOT_WRITABLE"
  /** The data was written by another format version. The operator runs the matching program. */
  | "STORAGE_FORMAT"
  /** Rows are encrypted under a master key that was not given. The operator gives it; nothing was changed. */
  | "STORAGE_KEY_MISSING"
  /** Rows are encrypted under another master key of that number. The operator gives the right one; nothing was changed. */
  | "STORAGE_KEY_WRONG"
  /** Keys were given for rows in clear. The operator copies the store into an encrypted one, or takes the keys away. */
  | "STORAGE_NOT_ENCRYPTED"
  /** Any other failure of the disk, and every commit after a failed one until the backend is opened again. The group halts. */
  | "STORAGE_FAILED"
  /** The server cannot be reached or does not answer. The backend waits and goes on by itself; the operator starts it. */
  | "STORAGE_UNREACHABLE"
  /** The server refuses the user or what the user does. The operator corrects password or privileges. */
  | "STORAGE_DENIED"
  /** The server's settings, or tables that were altered, do not fit. The operator corrects what the message names. */
  | "STORAGE_UNSUITABLE"
  /** The data belongs to another chain or group, or to no group. The operator names this group's own database. */
  | "STORAGE_FOREIGN"
  /** The server has fewer blocks than it has acknowledged. The operator promotes or restores one that has them all. */
  | "STORAGE_BEHIND"
  /** A long read lost its server, and blocks were committed meanwhile. The caller reads again. */
  | "STORAGE_SCAN_LOST"
  /** An operation outside the limits of tables, keys and fields. Bug of the caller, which checks beforehand. */
  | "ROW_INVALID"
  /** A synchronous table access to a key that nobody loaded. The caller loads it and tries again. */
  | "ROW_NOT_LOADED"
  /** A table without a schema. The caller checks with `schema` beforehand. */
  | "TABLE_UNKNOWN"
  /** A field that the table does not have. The caller checks beforehand. */
  | "FIELD_UNKNOWN"
  /** The state at this height is not kept (any more). The client asks for a later height. */
  | "STATE_NOT_KEPT"
  /** A commitment over a parent that is neither the head nor a candidate in memory. The caller computes the parent again. */
  | "PARENT_UNKNOWN"
  /** state-storage has no proofs. The client asks a group with state-mpt. */
  | "PROOF_UNSUPPORTED";

export type StorageError = FbError<StorageErrorCode>;

export function storageError(
  code: StorageErrorCode,
  message: string,
  fields?: ErrorFields,
  cause?: unknown,
): StorageError {
  return new FbError(code, message, fields, cause);
}
