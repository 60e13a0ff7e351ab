// node --conditions=fb-source test/precompiles/run.ts <inputs> [seed]
// As many inputs for each addition and multiplication of a curve, a tenth for whatever takes many points or maps.

import { Random } from "../fuzz/random.ts";
import { compareCurve } from "./curve-differential.ts";
import { curveInputMakers } from "./curve-inputs.ts";
import { CURVE_PRECOMPILES } from "./oracle/index.ts";

const ONE_POINT = [0x06, 0x07, 0x0b, 0x0d, 0x100];
const inputs = Number(process.argv[2] ?? "1000");
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 32);
process.stdout.write(`seed ${seed}\n`);
for (const [number, make] of curveInputMakers()) {
  const precompile = CURVE_PRECOMPILES.get(number)!;
  const count = ONE_POINT.includes(number) ? inputs : Math.ceil(inputs / 10);
  const { refused, answered } = compareCurve(precompile, make, new Random(seed ^ number), count);
  process.stdout.write(`${precompile.name}: ${count} inputs agree, ${refused} refused, ${answered} not zero\n`);
}
