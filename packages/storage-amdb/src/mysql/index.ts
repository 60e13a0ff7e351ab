export { openMysql } from "./mysql-backend.ts";
export type { MysqlHost, MysqlOptions } from "./options.ts";
export type { MysqlDeps } from "./ports.ts";
