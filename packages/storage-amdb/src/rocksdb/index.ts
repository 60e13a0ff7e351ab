export type { RocksdbOptions } from "./options.ts";
export { openRocksdb } from "./rocksdb-backend.ts";
