import { TABLES } from "@fb/storage-amdb";
import { type Address, toHex } from "@fb/types";
import type { Steps } from "./definition.ts";
import type { SystemSession } from "./session.ts";

/** Tables whose writes are governance: an empty list means nobody. */
export const GOVERNED_TABLES: ReadonlySet<string> = new Set([TABLES.consensus, TABLES.config, TABLES.tableAccess]);
/** Tables that anybody may write until somebody is listed. */
export const OPEN_TABLES: ReadonlySet<string> = new Set([TABLES.cns]);

/** An address as access rows hold it. */
export function accountText(address: Address): string {
  return `0x${toHex(address)}`;
}

/**
 * Whether the caller of a session may write a table now. The right belongs to the direct caller: an account in its own
 * transaction, or a contract that was granted it; a contract never borrows the right of the account that called it.
 * Admins (listed for `_sys_table_access_`) have every right.
 */
export function* mayWrite(session: SystemSession, table: string): Steps<boolean> {
  const listed = yield* grantees(session, table);
  if (listed.length === 0 && OPEN_TABLES.has(table)) return true;
  const caller = accountText(session.caller);
  if (listed.includes(caller)) return true;
  return table !== TABLES.tableAccess && (yield* grantees(session, TABLES.tableAccess)).includes(caller);
}

/** Who holds the right to a table in the block being executed: grants count from their enable_num on. */
function* grantees(session: SystemSession, table: string): Steps<readonly string[]> {
  const rows = yield* session.rows(TABLES.tableAccess, table);
  return rows.filter((row) => Number(row["enable_num"]) < session.enableNumber).map((row) => row["address"]!);
}
