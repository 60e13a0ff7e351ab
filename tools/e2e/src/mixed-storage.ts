// node --conditions=fb-source src/mixed-storage.ts [blocks] [seed] [galera]: the long version of mixed-storage.test.ts.
import { ensureMariadb } from "@fb/mariadb";
import { runMixedGroup } from "./support/mixed-group.ts";

const [blocks = "5000", seed = "1", galera] = process.argv.slice(2);
const missing = await ensureMariadb(console.log);
if (missing !== null) throw new TypeError(`no MariaDB: ${missing}`);
const started = performance.now();
const height = await runMixedGroup({
  blocks: Number(blocks),
  seed: Number(seed),
  galera: galera !== undefined,
  onProgress: (height, what) =>
    console.log(`${((performance.now() - started) / 1_000).toFixed(0)} s, height ${height}: ${what}`),
});
console.log(`${height} blocks, two nodes on RocksDB and two on MariaDB: no fork, nothing lost, nothing doubled`);
