export { BlockOverlay } from "./block-overlay.ts";
export type { ConsensusWrite } from "./block-writes.ts";
export { type Comparison, type Condition, integerOf, type Operator } from "./condition.ts";
export type { Entry, FieldValues } from "./entry.ts";
export { type StorageError, type StorageErrorCode, storageError } from "./errors.ts";
export type { TableCacheOptions } from "./options.ts";
export type { RowSource, StorageTrouble } from "./ports.ts";
export { type ReportFault, type RowFault, type RowFaultCode, shownBytes } from "./row-fault.ts";
export {
  contractTableName,
  defineUserTable,
  isUserTableName,
  schemaFromRow,
  TABLE_LIMITS,
  type TableDefinition,
  type TableNameCode,
  type TableSchema,
  userTableName,
} from "./schema.ts";
export { CONTRACT_TABLE, keyNumber, numberKey, SYSTEM_TABLES, schemaOf, TABLES } from "./system-tables.ts";
export { createTableCache, type TableCache } from "./table-cache.ts";
