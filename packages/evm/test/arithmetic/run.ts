// node --conditions=fb-source test/arithmetic/run.ts <operations> [first seed]
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { checkArithmetic } from "./arithmetic.ts";

const BATCH = 1000;
const operations = Number(process.argv[2] ?? 10_000_000);
const first = Number(process.argv[3] ?? 1_000_000);
const evm = await createEvm({ suite: await createCryptoSuite() });
let wrong = 0;
for (let i = 0; i < operations / BATCH && wrong < 10; i++) {
  const found = await checkArithmetic(evm, first + i, BATCH);
  if (found !== null) {
    wrong++;
    process.stdout.write(`seed ${first + i}: ${found}\n`);
  }
}
process.stdout.write(`done: ${operations} operations, ${wrong} wrong\n`);
process.exitCode = wrong === 0 ? 0 : 1;
