import { TABLES } from "@fb/storage-amdb";
import { type Address, equalBytes, toHex } from "@fb/types";
import type { Steps } from "./definition.ts";
import type { SystemSession, TextRow } from "./session.ts";

/** Tables whose writes are governance: an empty list means nobody. Every other table is open until somebody is listed. */
const GOVERNED_TABLES: ReadonlySet<string> = new Set([TABLES.consensus, TABLES.config, TABLES.tableAccess]);
const OPEN_SYSTEM_TABLES: ReadonlySet<string> = new Set([TABLES.cns, TABLES.tables]);

/** Whether rights to a system table can be granted. */
export function isGrantable(systemTable: string): boolean {
  return GOVERNED_TABLES.has(systemTable) || OPEN_SYSTEM_TABLES.has(systemTable);
}

/** Whether everybody may write a table as long as nobody is listed for it. */
export function isOpenUnlisted(table: string): boolean {
  return !GOVERNED_TABLES.has(table);
}

/** An address as access rows hold it. */
export function accountText(address: Address): string {
  return `0x${toHex(address)}`;
}

/**
 * Whether the call of a session may write a table now (SPEC 3). Governance belongs to the direct caller: an account in
 * its own transaction, or a contract that was granted it. For user tables, and `_sys_tables_` (creating them), an
 * account that is listed may also come through a contract. Admins (listed for `_sys_table_access_`) have every right
 * where they call directly.
 *
 * @param table A system table, or a user table with its `u_`.
 */
export function* mayWrite(session: SystemSession, table: string): Steps<boolean> {
  const rows = yield* session.rows(TABLES.tableAccess, table);
  if (rows.length === 0 && isOpenUnlisted(table)) return true;
  const listed = inForce(session, rows);
  const caller = accountText(session.caller);
  if (listed.includes(caller)) return true;
  if (isLentToContracts(table) && !equalBytes(session.origin, session.caller)) {
    if (listed.includes(accountText(session.origin))) return true;
  }
  if (table === TABLES.tableAccess) return false;
  return inForce(session, yield* session.rows(TABLES.tableAccess, TABLES.tableAccess)).includes(caller);
}

/** Whether an account's right to a table counts in the contracts it calls, as in FISCO BCOS. Never for governance. */
function isLentToContracts(table: string): boolean {
  return table === TABLES.tables || table.startsWith("u_");
}

/** Who holds a right in the block being executed: grants count from their enable_num on. */
function inForce(session: SystemSession, rows: readonly TextRow[]): readonly string[] {
  return rows.filter((row) => Number(row["enable_num"]) < session.enableNumber).map((row) => row["address"]!);
}
