// node --conditions=fb-source test/precompiles/run.ts: see USAGE.
import { parseArgs } from "node:util";
import { Random } from "../fuzz/random.ts";
import { compareCurve } from "./curve-differential.ts";
import { curveInputMakers } from "./curve-inputs.ts";
import { CURVE_PRECOMPILES } from "./oracle/index.ts";

const USAGE = `usage: pnpm fuzz:curves [--inputs <count>] [--seed <seed>]

Compares the curve precompiles with slower ones by the same definitions.

  --inputs  for each addition and multiplication, a tenth for whatever takes many points or maps (default 1000)
  --seed    of the inputs (default: another one every time)
  --help    this text
`;
const ONE_POINT = [0x06, 0x07, 0x0b, 0x0d, 0x100];

function options(): { inputs: number; seed: number } {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({ options: { inputs: text, seed: text, help: { type: "boolean", short: "h" } } });
    if (values.help === true) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const number = (name: "inputs" | "seed", standard: number) => {
      const value = Number(values[name] ?? standard);
      if (!Number.isInteger(value) || value < 1) throw new RangeError(`--${name} must be a positive integer`);
      return value;
    };
    return { inputs: number("inputs", 1000), seed: number("seed", (Date.now() % (2 ** 32 - 1)) + 1) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { inputs, seed } = options();
process.stdout.write(`seed ${seed}\n`);
for (const [number, make] of curveInputMakers()) {
  const precompile = CURVE_PRECOMPILES.get(number)!;
  const count = ONE_POINT.includes(number) ? inputs : Math.ceil(inputs / 10);
  const { refused, answered } = compareCurve(precompile, make, new Random(seed ^ number), count);
  process.stdout.write(`${precompile.name}: ${count} inputs agree, ${refused} refused, ${answered} not zero\n`);
}
