import { FbError, isCode } from "@fb/types";
import { EXIT, errorCode, exitCode } from "../errors.ts";

/** USAGE: the command line is not understood; the message says what is. */
export type StorageCommandErrorCode = "USAGE";

export function usageError(message: string): FbError<StorageCommandErrorCode> {
  return new FbError("USAGE", `${message}; see fb-node storage --help`);
}

/** What `fb-node storage` ends with. */
export const STORAGE_EXIT = {
  good: 0,
  /** A fault was found, or a file or block was refused. */
  fault: 1,
  /** Command line, configuration, or a store that is not the one the command needs. */
  usage: EXIT.config,
  /** Another process has the store. */
  locked: 3,
  /** The storage or the system failed. */
  failed: 4,
  /** By SIGINT or SIGTERM. */
  stopped: 130,
} as const;

const FAULTS = ["FILE_FORMAT", "FILE_DAMAGED", "FILE_FOREIGN", "STREAM_DAMAGED", "BLOCK_REFUSED", "COPY_DIFFERS"];
const STORES = [
  "STORAGE_KEY_MISSING",
  "STORAGE_KEY_WRONG",
  "STORAGE_NOT_ENCRYPTED",
  "STORE_EMPTY",
  "STORE_NOT_EMPTY",
  "RANGE_INVALID",
  "BLOCKS_PRUNED",
  "GENESIS_MISMATCH",
];
const MISSING = ["ENOENT", "EISDIR", "EEXIST", "EACCES", "USAGE", "BACKUP_NAME", "BACKUP_EXISTS"];
const CORRUPT = ["STORAGE_CORRUPT", "STORE_CORRUPT", "STORAGE_FORMAT"];

export function storageExit(error: unknown): number {
  if (isCode(error, "STORAGE_LOCKED") || isCode(error, "BACKUP_RUNNING")) return STORAGE_EXIT.locked;
  const code = errorCode(error);
  if (FAULTS.includes(code) || CORRUPT.includes(code)) return STORAGE_EXIT.fault;
  if (STORES.includes(code) || MISSING.includes(code) || exitCode(code) === EXIT.config) return STORAGE_EXIT.usage;
  return STORAGE_EXIT.failed;
}
