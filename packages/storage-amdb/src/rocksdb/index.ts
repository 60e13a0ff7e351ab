export { openRocksdb, type RocksdbOptions } from "./rocksdb-backend.ts";
