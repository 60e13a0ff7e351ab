import { randomBytes } from "node:crypto";
import { toHex } from "@fb/types";
import { isSqlFailure, type SqlConnection } from "./binding.ts";
import { judge } from "./failures.ts";
import type { MysqlOptions } from "./options.ts";
import type { MysqlDeps } from "./ports.ts";
import { GOOD_PACKET_BYTES, probeServer } from "./probe.ts";
import { Servers } from "./servers.ts";
import { queryIfKnown } from "./session.ts";
import { Troubles } from "./trouble.ts";

/** Something about a server that its operator should correct. */
export interface ServerFlaw {
  /** Whether no block can be committed until it is corrected. */
  readonly isFatal: boolean;
  readonly text: string;
  readonly remedy: string;
}

/**
 * Looks whether blocks can be committed to the first server that answers, and are safe there; changes nothing. Throws what
 * {@link openMysql} throws for a server that is no use, STORAGE_UNREACHABLE when it does not answer.
 */
export async function examineMysql(options: MysqlOptions, deps: MysqlDeps): Promise<readonly ServerFlaw[]> {
  const servers = new Servers({ ...options, waits: false }, deps, new Troubles(deps));
  try {
    const examine = async (connection: SqlConnection) => {
      await probeServer(connection);
      return [...(await flawsOfRights(connection, options)), ...(await flawsOfSettings(connection))];
    };
    return await servers.run(examine, { isOpening: true });
  } finally {
    servers.end();
  }
}

type Outcome = "possible" | "denied" | "read-only";

/** A server looks at rights before it looks for the table: none of these does anything, and each error tells. */
async function flawsOfRights(connection: SqlConnection, { user, database }: MysqlOptions): Promise<ServerFlaw[]> {
  const nothing = `fb_check_${toHex(randomBytes(16))}`;
  const attempts: readonly (readonly [right: string, sql: string])[] = [
    ["SELECT", `SELECT 1 FROM ${nothing}`],
    ["INSERT", `INSERT INTO ${nothing} (id) VALUES (1)`],
    ["UPDATE", `UPDATE ${nothing} SET id=1`],
    ["DELETE", `DELETE FROM ${nothing}`],
    ["CREATE", `CREATE TABLE ${nothing}_ LIKE ${nothing}`],
    ["DROP", `DROP TABLE ${nothing}`],
    ["CREATE VIEW", `CREATE VIEW ${nothing}_ AS SELECT 1 FROM ${nothing}`],
  ];
  const outcomes = new Map<string, Outcome>();
  for (const [right, sql] of attempts) outcomes.set(right, await attempt(connection, sql));
  const flaws: ServerFlaw[] = [];
  if ([...outcomes.values()].includes("read-only")) {
    const remedy = "make it writable, or name the server that takes writes";
    flaws.push({ isFatal: true, text: "the server is read-only", remedy });
  }
  const missing = [...outcomes].filter(([, outcome]) => outcome === "denied").map(([right]) => right);
  if (missing.length > 0) {
    const rights = missing.join(", ");
    flaws.push({
      isFatal: missing.some((right) => right !== "CREATE VIEW"),
      text: `user ${user} lacks ${rights} on database ${database}`,
      remedy: `GRANT ${rights} ON \`${database}\`.* to it`,
    });
  }
  return flaws;
}

async function attempt(connection: SqlConnection, sql: string): Promise<Outcome> {
  try {
    await connection.query(sql);
    return "possible";
  } catch (error) {
    if (!isSqlFailure(error) || error.fields["isLost"] === true) throw error;
    const verdict = judge(error);
    if (verdict.type === "again") throw error;
    if (verdict.trouble.code === "STORAGE_DENIED") return "denied";
    return verdict.trouble.code === "STORAGE_NOT_WRITABLE" ? "read-only" : "possible";
  }
}

const AT_ONCE = [
  ["innodb_flush_log_at_trx_commit", "@@innodb_flush_log_at_trx_commit"],
  // It decides after a crash which transactions there were.
  ["sync_binlog", "IF(@@log_bin,@@sync_binlog,1)"],
] as const;

async function flawsOfSettings(connection: SqlConnection): Promise<ServerFlaw[]> {
  const flaws: ServerFlaw[] = [];
  for (const [name, expression] of AT_ONCE) {
    const [row] = (await queryIfKnown(connection, `SELECT ${expression}`)) ?? [];
    if (row === undefined || Number(row[0]) === 1) continue;
    const text = `${name} is ${row[0]}: blocks that were acknowledged may be lost with the power`;
    flaws.push({ isFatal: false, text, remedy: `set ${name}=1` });
  }
  const bytes = connection.maxPacketBytes;
  if (bytes < GOOD_PACKET_BYTES) {
    const text = `max_allowed_packet is ${bytes}: a block with larger rows would have to wait`;
    flaws.push({ isFatal: false, text, remedy: "set max_allowed_packet=64M" });
  }
  return flaws;
}
