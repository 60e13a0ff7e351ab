export type { RocksdbOptions, RotationEvent, RotationOptions } from "./options.ts";
export { openRocksdb } from "./rocksdb-backend.ts";
