/**
 * MARIADB_MISSING: there is no server to start; `ensureMariadb` says why. MARIADB_FAILED: a server or client ended with an
 * error; the message holds what it said.
 */
export type MariadbErrorCode = "MARIADB_MISSING" | "MARIADB_FAILED";
