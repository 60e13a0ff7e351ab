// node --conditions=fb-source test/arithmetic/run.ts: see USAGE.
import { parseArgs } from "node:util";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { checkArithmetic } from "./arithmetic.ts";

const USAGE = `usage: pnpm fuzz:arithmetic [--operations <count>] [--seed <first>]

Compares arithmetic of the engine with BigInt, 1000 operations a seed.

  --operations  how many (default 10000000)
  --seed        the first seed (default 1000000)
  --help        this text
`;
const BATCH = 1000;
const MOST_WRONG = 10;

function options(): { operations: number; seed: number } {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({ options: { operations: text, seed: text, help: { type: "boolean", short: "h" } } });
    if (values.help === true) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const number = (name: "operations" | "seed", standard: number) => {
      const value = Number(values[name] ?? standard);
      if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a positive integer`);
      return value;
    };
    return { operations: number("operations", 10_000_000), seed: number("seed", 1_000_000) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { operations, seed } = options();
const evm = await createEvm({ suite: await createCryptoSuite() });
let done = 0;
let wrong = 0;
for (let at = seed; done < operations && wrong < MOST_WRONG; at++) {
  const batch = Math.min(BATCH, operations - done);
  const found = await checkArithmetic(evm, at, batch);
  done += batch;
  if (found !== null) {
    wrong++;
    process.stdout.write(`seed ${at}: ${found}\n`);
  }
}
process.stdout.write(`${done} operations, ${wrong} wrong\n`);
process.exitCode = wrong === 0 ? 0 : 1;
