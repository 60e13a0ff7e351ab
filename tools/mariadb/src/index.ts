export type { MariadbErrorCode } from "./errors.ts";
export { type GaleraCluster, startGalera } from "./galera.ts";
export { ensureMariadb } from "./install.ts";
export type { MariadbOptions } from "./options.ts";
export { galeraAvailable, mariadbAvailable } from "./programs.ts";
export { type CommitCut, createProxy, type Direction, type LossyProxy } from "./proxy.ts";
export { Mariadb, startMariadb } from "./server.ts";
export { TEST_PASSWORD, TEST_USER } from "./template.ts";
