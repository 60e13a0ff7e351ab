// Child process of crash.test.ts: commits one block after the other and says when each is acknowledged.
import { writeSync } from "node:fs";
import { openRocksdb } from "../src/rocksdb/index.ts";
import { blockOf } from "./crash-block.ts";

const backend = await openRocksdb({ path: process.argv[2]! });
for (let height = backend.height() + 1; ; height++) {
  await backend.commit(height, blockOf(height));
  writeSync(1, `${height}\n`);
}
