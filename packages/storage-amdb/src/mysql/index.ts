export { examineMysql, type ServerFlaw } from "./examine.ts";
export { openMysql } from "./open-mysql.ts";
export type { MysqlHost, MysqlOptions } from "./options.ts";
export type { MysqlDeps } from "./ports.ts";
