// node --conditions=fb-source test/corpus/make.ts: makes testdata/corpus.jsonl anew. What is right is what the reference
// engine says; nothing is written when the fast engine says something else.
import { writeFileSync } from "node:fs";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import { outcomeOf } from "./case.ts";
import { CORPUS_FILE } from "./file.ts";
import { numberedOperations } from "./numbered.ts";
import { precompileCases } from "./precompile-calls.ts";
import { programCases } from "./programs.ts";
import { writeCase } from "./text.ts";

const suite = await createCryptoSuite();
const reference = await createReferenceEvm(suite);
const fast = await createEvm({ suite });
const lines: string[] = [];
let divergences = 0;
for (const test of [...(await programCases(suite)), numberedOperations(), ...precompileCases(suite)]) {
  const post = await outcomeOf(reference, test);
  const line = writeCase(test, post);
  const own = await outcomeOf(fast, test);
  if (JSON.stringify(own) !== JSON.stringify(post)) {
    process.stdout.write(`the engines differ\n${line}\n${JSON.stringify(own)}\n`);
    divergences++;
  }
  lines.push(line);
}
if (divergences === 0) {
  const text = `${lines.join("\n")}\n`;
  writeFileSync(CORPUS_FILE, text);
  process.stdout.write(`${lines.length} cases, ${text.length} bytes\n`);
} else {
  process.stdout.write(`${divergences} of ${lines.length} cases: nothing written\n`);
  process.exitCode = 1;
}
