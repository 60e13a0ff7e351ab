export { BlockOverlay, type ConsensusWrite, type Entry, type FieldValues } from "./block-overlay.ts";
export { type Comparison, type Condition, integerOf, type Operator, satisfies } from "./condition.ts";
export { type StorageError, type StorageErrorCode, storageError } from "./errors.ts";
export { type RowSource, rowKey } from "./row-source.ts";
export {
  contractTableName,
  defineUserTable,
  TABLE_LIMITS,
  type TableDefinition,
  type TableNameCode,
  type TableSchema,
  userTableName,
} from "./schema.ts";
export { CONTRACT_TABLE, keyNumber, numberKey, SYSTEM_TABLES, schemaOf, TABLES } from "./system-tables.ts";
export { createTableCache, type TableCache, type TableCacheOptions } from "./table-cache.ts";
