import { storageError } from "../errors.ts";
import { isInUse, type Meta, readMeta, takeOwnership } from "./meta.ts";
import type { MysqlOptions } from "./options.ts";
import type { RunOptions, Servers } from "./servers.ts";

const LEASE_MS = 15_000;
/** An owner whose connections broke has them again, or shows itself, within this time. */
const BACK_MS = 2_000;
const LOOK_MS = 500;
const OPENING: RunOptions = { isOpening: true };

export function leaseMs({ leaseMs = LEASE_MS }: MysqlOptions): number {
  return leaseMs;
}

/**
 * Makes `token` the owner of the database, and returns what the database says then. An owner before is gone when it has not shown
 * itself for the time of the lease, or when its server has had no connection of this database for a while and it has not
 * shown itself meanwhile. Throws STORAGE_LOCKED when it shows itself.
 */
export async function becomeOwner(servers: Servers, options: MysqlOptions, token: string): Promise<Meta> {
  let first: Meta | null = null;
  let unusedSince: number | null = null;
  for (;;) {
    const { meta, isUsed } = await servers.run(async (connection) => {
      const found = (await readMeta(connection, options))!;
      const isElsewhere = found.ownerServer !== found.server;
      return { meta: found, isUsed: isElsewhere || (await isInUse(connection)) };
    }, OPENING);
    if (meta.owner === token) return meta;
    first ??= meta;
    if (meta.owner !== null && (meta.owner !== first.owner || meta.ownerSeen !== first.ownerSeen)) {
      throw storageError("STORAGE_LOCKED", `another process uses database ${options.database}; stop it`, {
        server: meta.ownerServer,
      });
    }
    unusedSince = isUsed ? null : (unusedSince ?? meta.now);
    const isGone =
      meta.owner === null ||
      meta.now - meta.ownerSeen >= leaseMs(options) ||
      (unusedSince !== null && meta.now - unusedSince >= BACK_MS);
    if (isGone) await servers.run((connection) => takeOwnership(connection, token, meta), OPENING);
    else await servers.rest(LOOK_MS);
  }
}
