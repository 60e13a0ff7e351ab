export { USER_TABLE_LIMITS } from "./limits.ts";
export { insertRow, type RowValues, removeRows, selectRows, setRow, updateRows } from "./rows.ts";
export { createTable, openTable } from "./tables.ts";
