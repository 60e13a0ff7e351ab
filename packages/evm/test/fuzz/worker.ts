// A thread of run.ts: compares the seeds it is given and answers with the divergences; null ends it.
import { parentPort } from "node:worker_threads";
import { compareSeed, createEngines, type Divergence } from "./differential.ts";
import type { Range } from "./run.ts";

const port = parentPort!;
const engines = await createEngines();

async function compare({ first, count }: Range): Promise<Divergence[]> {
  const divergences: Divergence[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const found = await compareSeed(engines, seed, 2);
    if (found !== null) divergences.push(found);
  }
  return divergences;
}

port.on("message", async (range: Range | null) => {
  if (range === null) port.close();
  else port.postMessage(await compare(range));
});
