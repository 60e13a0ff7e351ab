import { isSqlFailure, type SqlConnection, type SqlRow } from "./binding.ts";

/** Not every server knows both; without them it is we who give up. */
const LOCK_WAITS = (seconds: number) => `SET SESSION innodb_lock_wait_timeout=${seconds},lock_wait_timeout=${seconds}`;
/** Unknown, or not to be set for a session. */
const NO_SUCH_VARIABLE = new Set([1193, 1228, 1229, 1238]);

/** Settings that a connection needs, whatever the server's defaults are. */
export async function prepareSession(connection: SqlConnection): Promise<void> {
  await connection.query("SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',autocommit=1");
  await connection.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  // Less than the time limit of a statement, so that the server gives up first.
  const seconds = Math.max(1, Math.floor(connection.limitMs / 1500));
  await setIfKnown(connection, LOCK_WAITS(seconds));
  const [row] = await connection.query("SELECT @@max_allowed_packet");
  connection.maxPacketBytes = Number(row![0]);
}

/** Whether the server knows the variable. */
export async function setIfKnown(connection: SqlConnection, sql: string): Promise<boolean> {
  return (await queryIfKnown(connection, sql)) !== null;
}

/** Null = the server does not know a variable of the statement. */
export async function queryIfKnown(connection: SqlConnection, sql: string): Promise<readonly SqlRow[] | null> {
  try {
    return await connection.query(sql);
  } catch (error) {
    if (isSqlFailure(error) && NO_SUCH_VARIABLE.has(Number(error.fields["errno"]))) return null;
    throw error;
  }
}
