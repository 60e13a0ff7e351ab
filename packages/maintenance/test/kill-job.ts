// Child process of kill.test.ts: runs a job on a RocksDB store and says how far it is, until it is killed.
import { writeSync } from "node:fs";
import { createEvm } from "@fb/evm";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import { copyStore, importBlocks, restoreStore } from "../src/index.ts";
import { genesisOf, suite } from "./fixture.ts";

const [job, source, target] = process.argv.slice(2) as [string, string, string];
const genesis = genesisOf("mpt");
const backend = await openRocksdb({ path: target });
const onProgress = ({ step, done }: { step: string; done: number }) => void writeSync(1, `${step} ${done}\n`);
const deps = { backend, suite, onProgress, signal: new AbortController().signal };
if (job === "restore") await restoreStore({ path: source, genesis }, deps);
else if (job === "copy") await copyStore(await openRocksdb({ path: source }), backend, deps);
else {
  const options = { path: source, genesis, historyBlocks: 0, keepBlocks: 0 };
  await importBlocks(options, { ...deps, evm: await createEvm({ suite }) });
}
