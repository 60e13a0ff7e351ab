import type { Height } from "@fb/types";
import { type StorageError, storageError } from "../errors.ts";
import { isSqlFailure, type SqlConnection, type SqlRow } from "./binding.ts";
import type { MysqlOptions } from "./options.ts";
import { setIfKnown } from "./session.ts";

/** Version of the tables' layout. */
const FORMAT = 1;
const META_TABLE = "fb_meta";
const NO_SUCH_TABLE = 1146;
const NO_SUCH_COLUMN = 1054;

const NOW_MS = "CAST(UNIX_TIMESTAMP(NOW(3))*1000 AS UNSIGNED)";
const SERVER = "CONCAT(@@hostname,':',@@port)";

const CREATE_META = `CREATE TABLE IF NOT EXISTS ${META_TABLE} (
id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
format INT UNSIGNED NOT NULL,
chain_id BIGINT UNSIGNED NOT NULL,
group_id INT UNSIGNED NOT NULL,
height BIGINT NOT NULL,
owner VARCHAR(64) CHARACTER SET ascii NULL,
owner_server VARCHAR(255) CHARACTER SET utf8mb4 NULL,
owner_seen BIGINT NOT NULL,
filling TINYINT UNSIGNED NOT NULL
) ENGINE=InnoDB`;

type Identity = Pick<MysqlOptions, "chainId" | "groupId" | "database">;

/** The one row of `fb_meta`. */
export interface Meta {
  readonly height: Height;
  /** Whether the store is being filled, or that was broken off. */
  readonly isFilling: boolean;
  /** Token of the process that may commit; null after it has closed the store. */
  readonly owner: string | null;
  /** The server that the owner uses. */
  readonly ownerServer: string | null;
  /** When the owner was heard of last, in ms of the server's clock. */
  readonly ownerSeen: number;
  readonly now: number;
  /** The server that answered. */
  readonly server: string;
}

/**
 * The row of `fb_meta`; null = the database is empty. Where servers replicate synchronously it is not older than what
 * another one has acknowledged. Throws STORAGE_FOREIGN or STORAGE_FORMAT.
 */
export async function readMeta(connection: SqlConnection, identity: Identity): Promise<Meta | null> {
  const isGalera = await setIfKnown(connection, "SET SESSION wsrep_sync_wait=1");
  const row = await selectMeta(connection, identity);
  if (isGalera) await connection.query("SET SESSION wsrep_sync_wait=0");
  return row === null ? null : toMeta(row, identity);
}

async function selectMeta(connection: SqlConnection, identity: Identity): Promise<SqlRow | null> {
  try {
    const [row] = await connection.query(
      `SELECT format,chain_id,group_id,height,owner,owner_server,owner_seen,${NOW_MS},${SERVER},filling FROM ${META_TABLE} WHERE id=1`,
    );
    return row ?? null;
  } catch (error) {
    const errno = isSqlFailure(error) ? error.fields["errno"] : null;
    if (errno === NO_SUCH_TABLE) {
      await requireEmpty(connection, identity);
      return null;
    }
    if (errno === NO_SUCH_COLUMN) {
      const [row] = await connection.query(`SELECT format FROM ${META_TABLE} WHERE id=1`);
      checkFormat(Number(row?.[0]));
    }
    throw error;
  }
}

async function requireEmpty(connection: SqlConnection, identity: Identity): Promise<void> {
  const [table] = await connection.query(
    "SELECT table_name FROM information_schema.tables WHERE table_schema=DATABASE() ORDER BY 1 LIMIT 1",
  );
  if (table !== undefined) throw foreign(identity, `it has tables, ${table[0]} is one, but none of this program`);
}

/** The height alone, as the connection's transaction shows it. */
export async function readHeight(connection: SqlConnection): Promise<Height> {
  const [row] = await connection.query(`SELECT height FROM ${META_TABLE} WHERE id=1`);
  return Number(row![0]);
}

/** Makes the row of a group that has no block yet. */
export async function createMeta(connection: SqlConnection, { chainId, groupId }: Identity): Promise<void> {
  await connection.query(CREATE_META);
  await connection.query(
    `INSERT IGNORE INTO ${META_TABLE} (id,format,chain_id,group_id,height,owner_seen,filling) VALUES (1,${FORMAT},${chainId},${groupId},-1,0,0)`,
  );
}

/** Makes `token` the owner unless the row has changed since it was read. */
export async function takeOwnership(connection: SqlConnection, token: string, seen: Meta): Promise<boolean> {
  const matched = await connection.write(
    `UPDATE ${META_TABLE} SET owner=?,owner_server=${SERVER},owner_seen=${NOW_MS} WHERE id=1 AND owner<=>? AND owner_seen=?`,
    [token, seen.owner, seen.ownerSeen],
  );
  return matched === 1;
}

/** Shows that the owner is alive; false = it is somebody else. */
export async function renewOwnership(connection: SqlConnection, token: string): Promise<boolean> {
  const sql = `UPDATE ${META_TABLE} SET owner_server=${SERVER},owner_seen=${NOW_MS} WHERE id=1 AND owner=?`;
  return (await connection.write(sql, [token])) === 1;
}

export async function giveUpOwnership(connection: SqlConnection, token: string): Promise<void> {
  await connection.write(`UPDATE ${META_TABLE} SET owner=NULL WHERE id=1 AND owner=?`, [token]);
}

/** Moves the height within the block's transaction; false = it is not the one before, or the owner is somebody else. */
export async function moveHeight(connection: SqlConnection, height: Height, token: string): Promise<boolean> {
  const sql = `UPDATE ${META_TABLE} SET height=?,owner_server=${SERVER},owner_seen=${NOW_MS} WHERE id=1 AND height=? AND owner=?`;
  return (await connection.write(sql, [height, height - 1, token])) === 1;
}

/** Says that the store is being filled, whatever it was; false = the owner is somebody else, or there are blocks. */
export async function beginFilling(connection: SqlConnection, token: string): Promise<boolean> {
  const sql = `UPDATE ${META_TABLE} SET filling=1,owner_seen=${NOW_MS} WHERE id=1 AND height=-1 AND owner=?`;
  return (await connection.write(sql, [token])) === 1;
}

/** Ends the filling, within the transaction of the last rows or after it. */
export async function endFilling(connection: SqlConnection, height: Height, token: string): Promise<boolean> {
  const sql = `UPDATE ${META_TABLE} SET filling=0,height=?,owner_seen=${NOW_MS} WHERE id=1 AND filling=1 AND owner=?`;
  return (await connection.write(sql, [height, token])) === 1;
}

/** Whether a connection of this database other than `connection` is open on its server, as far as the user may see. */
export async function isInUse(connection: SqlConnection): Promise<boolean> {
  const sql = "SELECT 1 FROM information_schema.processlist WHERE db=DATABASE() AND id<>CONNECTION_ID() LIMIT 1";
  return (await connection.query(sql)).length > 0;
}

function toMeta(row: SqlRow, identity: Identity): Meta {
  const [format, chainId, groupId, height, owner, ownerServer, ownerSeen, now, server, filling] = row;
  checkFormat(Number(format));
  if (Number(chainId) !== identity.chainId || Number(groupId) !== identity.groupId) {
    throw foreign(identity, `it belongs to group ${groupId} of chain ${chainId}`);
  }
  return {
    height: Number(height),
    isFilling: Number(filling) !== 0,
    owner: owner === null ? null : String(owner),
    ownerServer: ownerServer === null ? null : String(ownerServer),
    ownerSeen: Number(ownerSeen),
    now: Number(now),
    server: String(server),
  };
}

function checkFormat(found: number): void {
  if (found === FORMAT) return;
  const remedy = found > FORMAT ? "run the newer program that wrote it" : "run the older program that wrote it";
  throw storageError("STORAGE_FORMAT", `data of format ${found}, this program knows ${FORMAT}; ${remedy}`, {
    found,
    expected: FORMAT,
  });
}

function foreign({ database, groupId, chainId }: Identity, why: string): StorageError {
  const message = `database ${database} is not that of group ${groupId} of chain ${chainId}: ${why}; name this group's own`;
  return storageError("STORAGE_FOREIGN", message, { database });
}
