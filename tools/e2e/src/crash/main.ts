// Kills nodes under load, over and over: pnpm --filter @fb/e2e crash --restarts 200 --seed 1
import { parseArgs } from "node:util";
import { runCrashes } from "./crash-run.ts";

const { values } = parseArgs({
  options: { restarts: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
const [restarts, seed] = [Number(values.restarts), Number(values.seed)];
console.log(`seed ${seed}`);
const { faults, ...report } = await runCrashes({ restarts, seed, log: console.log });
console.log(JSON.stringify(report));
for (const fault of faults) console.log(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
