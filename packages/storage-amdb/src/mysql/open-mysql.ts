import { randomBytes } from "node:crypto";
import { type StorageBackend, toHex } from "@fb/types";
import type { SqlConnection } from "./binding.ts";
import { Catalogue } from "./catalogue.ts";
import { createMeta, type Meta, readMeta } from "./meta.ts";
import { MysqlBackend } from "./mysql-backend.ts";
import type { MysqlOptions } from "./options.ts";
import { becomeOwner } from "./ownership.ts";
import type { MysqlDeps } from "./ports.ts";
import { probeServer } from "./probe.ts";
import { Servers } from "./servers.ts";
import { Troubles } from "./trouble.ts";

/**
 * Opens the rows of one group in a database of a server that speaks MySQL's protocol. Waits for a server as long as none
 * answers (`onTrouble`). Throws STORAGE_DENIED, STORAGE_FOREIGN, STORAGE_FORMAT, STORAGE_UNSUITABLE with what the operator
 * corrects, STORAGE_LOCKED while another process uses the database, STORAGE_CLOSED after `signal`.
 */
export async function openMysql(options: MysqlOptions, deps: MysqlDeps): Promise<StorageBackend> {
  const servers = new Servers(options, deps, new Troubles(deps));
  deps.signal?.addEventListener("abort", () => servers.stop());
  if (deps.signal?.aborted === true) servers.stop();
  try {
    return await open(servers, options, deps);
  } catch (error) {
    servers.end();
    throw error;
  }
}

async function open(servers: Servers, options: MysqlOptions, deps: MysqlDeps): Promise<StorageBackend> {
  const { readOnly = false } = options;
  const token = readOnly ? null : toHex(randomBytes(16));
  const catalogue = new Catalogue((reason) => deps.log.warn("storage-without-views", { reason }));
  let meta: Meta | null = null;
  const prepare = async (connection: SqlConnection) => {
    await probeServer(connection);
    meta = await readMeta(connection, options);
    if (meta === null && token !== null) await createMeta(connection, options);
  };
  await servers.run(prepare, { isOpening: true });
  if (token !== null) meta = await becomeOwner(servers, options, token);
  await servers.run((connection) => catalogue.load(connection), { isOpening: true });
  return new MysqlBackend({ servers, options, deps, catalogue, token, meta });
}
