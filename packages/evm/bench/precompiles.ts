// node --conditions=fb-source bench/precompiles.ts
// The pairing precompiles over mcl and over @noble/curves in one process, runs interleaved.

import { concatBytes, equalBytes } from "@fb/types";
import { p256 } from "@noble/curves/nist.js";
import type { Precompile } from "../src/precompiles/precompile.ts";
import { Random } from "../test/fuzz/random.ts";
import { pairsWithProductOne } from "../test/precompiles/curve-inputs.ts";
import { blsSources, bnSources } from "../test/precompiles/curves.ts";
import { provenEvaluation } from "../test/precompiles/kzg-inputs.ts";
import { CURVE_PRECOMPILES } from "../test/precompiles/oracle/index.ts";

const random = new Random(1);
const bn = bnSources();
const bls = blsSources();
const scalar = () => random.bytes(32);
const many = (count: number, make: () => Uint8Array) => concatBytes(...Array.from({ length: count }, make));
const [bn1, bls1, bls2] = [bn.g1, bls.g1, bls.g2].map((group) => () => group.encode(group.good()));
const field = () => concatBytes(new Uint8Array(17), random.bytes(47));

function signature(): Uint8Array {
  const { secretKey, publicKey } = p256.keygen(random.bytes(48));
  const digest = random.bytes(32);
  return concatBytes(
    digest,
    p256.sign(digest, secretKey, { prehash: false }),
    p256.Point.fromBytes(publicKey).toBytes(false).subarray(1),
  );
}

const PAIRS = [1, 2, 4, 16];
const ITEMS = [1, 16, 128];
const cases: readonly (readonly [number, string, Uint8Array])[] = [
  [0x06, "", many(2, bn1!)],
  [0x07, "", concatBytes(bn1!(), scalar())],
  ...PAIRS.map((count) => [0x08, `${count}`, pairsWithProductOne(bn, random, count)] as const),
  [0x0b, "", many(2, bls1!)],
  ...ITEMS.map((count) => [0x0c, `${count}`, many(count, () => concatBytes(bls1!(), scalar()))] as const),
  [0x0d, "", many(2, bls2!)],
  ...ITEMS.map((count) => [0x0e, `${count}`, many(count, () => concatBytes(bls2!(), scalar()))] as const),
  ...PAIRS.map((count) => [0x0f, `${count}`, pairsWithProductOne(bls, random, count)] as const),
  [0x10, "", field()],
  [0x11, "", many(2, field)],
  [0x0a, "", provenEvaluation(random)],
  [0x100, "", signature()],
];

/** CPU time of this process per run, in microseconds: less moved by other work on the machine than wall time. */
function time({ run }: Precompile, input: Uint8Array, budgetMs: number): number {
  const started = performance.now();
  const cpu = process.cpuUsage();
  let runs = 0;
  do {
    run(input, "osaka");
    runs++;
  } while (performance.now() - started < budgetMs);
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / runs;
}

/** Compiles the library, or opens the curve that is new to it. */
function first(number: number): void {
  const { name, fast } = CURVE_PRECOMPILES.get(number)!;
  const [, , input] = cases.find(([other]) => other === number)!;
  const started = performance.now();
  fast.run(input, "osaka");
  process.stdout.write(`first ${name}: ${(performance.now() - started).toFixed(1)} ms\n`);
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const print = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`);

first(0x06);
first(0x0b);
process.stdout.write("\n");

const heads = ["precompile", "items", "gas", "mcl us", "noble us", "times", "mcl Mgas/s", "noble Mgas/s"];
print(heads);
print(heads.map(() => "---"));
for (const [number, items, input] of cases) {
  const { name, fast, noble } = CURVE_PRECOMPILES.get(number)!;
  if (!equalBytes(fast.run(input, "osaka")!, noble.run(input, "osaka")!)) throw new RangeError(`${name} differs`);
  time(fast, input, 300);
  time(noble, input, 300);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < 5; round++) {
    ours.push(time(fast, input, 150));
    theirs.push(time(noble, input, 150));
  }
  const gas = Number(fast.cost(input, "osaka"));
  const [x, y] = [median(ours), median(theirs)];
  const rates = [x, y].map((us) => (gas / us).toFixed(1));
  print([name, items, `${gas}`, x.toFixed(1), y.toFixed(0), (y / x).toFixed(1), ...rates]);
}
