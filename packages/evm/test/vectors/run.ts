// node --conditions=fb-source test/vectors/run.ts <folder> [--only text]
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { filesOf, runFile, type Tally } from "./runner.ts";

const [folder, ...flags] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("usage: vectors <folder of GeneralStateTests> [--only text]\n");
  process.exit(2);
}
const only = flags.includes("--only") ? flags[flags.indexOf("--only") + 1]! : "";
const evm = await createEvm({ suite: await createCryptoSuite() });
const tally: Tally = { passed: 0, skipped: 0, failures: [] };
for (const { path, text } of filesOf(folder)) {
  if (path.includes(only)) await runFile(evm, path, text, tally);
}
for (const failure of tally.failures) process.stdout.write(`FAILED ${failure}\n`);
process.stdout.write(`passed ${tally.passed}, failed ${tally.failures.length}, skipped ${tally.skipped}\n`);
process.exitCode = tally.failures.length === 0 && tally.passed > 0 ? 0 : 1;
