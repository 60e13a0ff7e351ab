// Child process of rotation.test.ts: commits blocks while rows are rewritten under the newest key, and says what it did.
import { writeSync } from "node:fs";
import { systemClock } from "@fb/runtime";
import { createKeyRing, groupKeys, parseMasterKeys } from "@fb/runtime/encryption";
import { openRocksdb } from "../src/rocksdb/index.ts";
import { blockOf } from "./crash-block.ts";

const [, , path, masters] = process.argv;
const backend = await openRocksdb({
  path: path!,
  keys: createKeyRing(groupKeys(parseMasterKeys(masters!), { chainId: 1, groupId: 1 })),
  rotation: { clock: systemClock, report: (event) => writeSync(1, `${event.type}\n`) },
});
for (let height = backend.height() + 1; ; height++) {
  await backend.commit(height, blockOf(height));
  writeSync(1, `${height}\n`);
}
