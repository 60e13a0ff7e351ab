// node --conditions=fb-source test/vectors/run.ts <folder> [--only text]
import { statSync } from "node:fs";
import { parseArgs } from "node:util";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { filesOf } from "@fb/state-tests";
import { runFile, type Tally } from "./runner.ts";

const USAGE = `usage: vectors <folder> [--only <text>]

Runs the official GeneralStateTests on the engine: state roots and logs hashes, each case also suspended at every access.

  <folder>  GeneralStateTests, the folder that holds it, one of its folders, or one of the same layout
  --only    only files whose path contains this text
  --help    this text
`;

function fail(problem: string): never {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function readArguments(): { readonly folder: string; readonly only: string } {
  try {
    const options = {
      only: { type: "string", default: "" },
      help: { type: "boolean", short: "h", default: false },
    } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    if (positionals.length !== 1) return fail("give one folder");
    return { folder: positionals[0]!, only: values.only };
  } catch (error) {
    return fail((error as Error).message);
  }
}

const { folder, only } = readArguments();
if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) fail(`no such folder: ${folder}`);
const evm = await createEvm({ suite: await createCryptoSuite() });
const tally: Tally = { passed: 0, skipped: 0, failures: [] };
let files = 0;
for (const { path, text } of filesOf(folder)) {
  if (!path.includes(only)) continue;
  await runFile(evm, path, text, tally);
  files++;
  if (process.stdout.isTTY) process.stdout.write(`\r${files} files, ${tally.passed} passed\x1b[K`);
}
if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
if (files === 0) fail(`no test files in ${folder}`);
for (const failure of tally.failures) process.stdout.write(`FAILED ${failure}\n`);
process.stdout.write(`passed ${tally.passed}, failed ${tally.failures.length}, skipped ${tally.skipped}\n`);
process.exitCode = tally.failures.length === 0 && tally.passed > 0 ? 0 : 1;
