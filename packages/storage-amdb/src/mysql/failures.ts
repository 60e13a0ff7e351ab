import { FbError } from "@fb/types";
import type { StorageErrorCode } from "../errors.ts";
import type { StorageTrouble } from "../ports.ts";
import { isSqlFailure, type SqlFailure } from "./binding.ts";

/** What becomes of work that failed. */
export type Verdict =
  /** Chance: the same again, here. */
  | { readonly type: "again" }
  /** Not here, not now: wait, look at the other servers, tell why. */
  | { readonly type: "wait"; readonly trouble: StorageTrouble }
  /** Nothing that time heals. */
  | { readonly type: "final"; readonly trouble: StorageTrouble };

/** Deadlock, lock time-out, changed under a snapshot or a prepared statement; the last ones are TiDB's write conflicts. */
const CHANCE = new Set([1213, 1205, 1020, 1412, 1615, 1317, 3024, 1969, 8002, 8022, 8028, 9007]);
const ACCESS = new Set([1044, 1045, 1049, 1142, 1143, 1227, 1251, 1370, 1524, 1698, 1820, 3118, 4151]);
const ALTERED = new Set([1054, 1146, 1364, 1932, 1136, 1406]);
const READ_ONLY = new Set([1036, 1290, 1792, 1836]);
const FULL = new Set([3, 20, 28, 1021, 1026, 1114]);
const PACKET = new Set([1153, 1301]);
const STATEMENTS = new Set([1461]);
const CROWDED = new Set([1040, 1041, 1037, 1038, 1203, 1226]);
/** Shutting down, not ready, killed, not part of a quorum (Galera), no region or store (TiDB). */
const AWAY = new Set([
  1047, 1053, 1077, 1079, 1080, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1180, 1184, 1188, 1192, 1317, 1927, 2006,
  2013, 3169, 4031, 8220, 9001, 9002, 9003, 9004, 9005, 9006,
]);

/** Errors of our own that end when the operator has seen to the server. */
const HEALED_BY_OPERATOR = new Set(["STORAGE_BEHIND", "STORAGE_FOREIGN", "STORAGE_UNSUITABLE"]);

/** What a failure means. `errno` and words are those of MySQL, MariaDB and TiDB. Errors without a code pass through. */
export function judge(error: unknown): Verdict {
  if (isSqlFailure(error)) return judgeSql(error);
  if (!(error instanceof FbError)) throw error;
  const trouble = { code: error.code as StorageErrorCode, message: error.message };
  return { type: HEALED_BY_OPERATOR.has(error.code) ? "wait" : "final", trouble };
}

/** Of work that chance has made fail again and again. */
export function contended(error: unknown): StorageTrouble {
  const text = error instanceof Error ? error.message : String(error);
  return { code: "STORAGE_UNREACHABLE", message: `${text}; end what holds the node's rows on the server` };
}

function judgeSql(failure: SqlFailure): Verdict {
  const errno = Number(failure.fields["errno"]);
  const text = failure.message;
  if (CHANCE.has(errno)) return { type: "again" };
  if (ACCESS.has(errno)) return wait("STORAGE_DENIED", text, "correct user, password or privileges of the node");
  if (READ_ONLY.has(errno)) return wait("STORAGE_NOT_WRITABLE", text, "make the server writable again");
  if (FULL.has(errno) || (errno === 1030 && /\b(28|122)\b/.test(text))) {
    return wait("STORAGE_FULL", text, "make room on the disk of the server");
  }
  if (PACKET.has(errno)) return wait("STORAGE_UNSUITABLE", text, "raise max_allowed_packet of the server");
  if (STATEMENTS.has(errno)) return wait("STORAGE_UNSUITABLE", text, "raise max_prepared_stmt_count of the server");
  if (CROWDED.has(errno))
    return wait("STORAGE_UNREACHABLE", text, "raise the server's limits of connections and memory");
  if (ALTERED.has(errno)) return final("STORAGE_UNSUITABLE", text, "tables were altered; restore them as they were");
  if (errno === 0 || AWAY.has(errno) || failure.fields["isLost"] === true) {
    return wait("STORAGE_UNREACHABLE", text, "start the server, or correct hosts and network");
  }
  return final("STORAGE_FAILED", `error ${errno}: ${text}`, "see the server's log");
}

function wait(code: StorageErrorCode, text: string, remedy: string): Verdict {
  return { type: "wait", trouble: { code, message: `${text}; ${remedy}` } };
}

function final(code: StorageErrorCode, text: string, remedy: string): Verdict {
  return { type: "final", trouble: { code, message: `${text}; ${remedy}` } };
}
