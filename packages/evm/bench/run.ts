// node --conditions=fb-source bench/run.ts : our engine and @ethereumjs/evm in one process, runs interleaved.

import { compileEvmModule, createEvm } from "@fb/evm";
import type { Evm, EvmResult } from "@fb/types";
import { testHost } from "../test/support/host.ts";
import { World } from "../test/support/world.ts";
import { block, fast, reference, type Scenario, scenarios, suite, world } from "./scenarios.ts";

/** CPU time of this process per run: less moved by other work on the machine than wall time. */
async function time(
  evm: Evm,
  { message: sent, cold }: Scenario,
  budgetMs: number,
): Promise<{ us: number; result: EvmResult }> {
  let result: EvmResult | null = null;
  let runs = 0;
  const host = testHost(world.view(), "cancun", block);
  const started = performance.now();
  const cpu = process.cpuUsage();
  while (performance.now() - started < budgetMs) {
    const answer = evm.execute(sent, cold === true ? testHost(world.coldView(), "cancun", block) : host);
    result = answer instanceof Promise ? await answer : answer;
    runs++;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { us: (user + system) / runs, result: result! };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const print = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`);

print(["case", "gas", "engine us", "@ethereumjs/evm us", "times", "engine Mgas/s", "@ethereumjs/evm Mgas/s"]);
print(Array.from({ length: 7 }, () => "---"));
for (const scenario of scenarios) {
  const ours: number[] = [];
  const theirs: number[] = [];
  await time(fast, scenario, 500);
  let gas = 0n;
  for (let round = 0; round < 5; round++) {
    const a = await time(fast, scenario, 200);
    const b = await time(reference, scenario, 200);
    if (a.result.error !== null || a.result.gasUsed !== b.result.gasUsed) {
      throw new RangeError(`${scenario.name}: the engines differ`);
    }
    ours.push(a.us);
    theirs.push(b.us);
    gas = a.result.gasUsed;
  }
  const [x, y] = [median(ours), median(theirs)];
  const rate = (us: number) => (Number(gas) / us).toFixed(0);
  print([scenario.name, `${gas}`, x.toFixed(2), y.toFixed(0), (y / x).toFixed(0), rate(x), rate(y)]);
}

const ms = (from: number) => `${(performance.now() - from).toFixed(2)} ms`;
let from = performance.now();
const module = await compileEvmModule();
process.stdout.write(`\ncompile the module: ${ms(from)}\n`);
from = performance.now();
const fresh = await createEvm({ suite, module });
await fresh.execute(scenarios[0]!.message, testHost(world.view(), "cancun", block));
process.stdout.write(`first instance and first call: ${ms(from)}\n`);
const big = new World();
const code = new Uint8Array(24_576).fill(0x5b);
const to = scenarios[0]!.message.to!;
big.put(to, { nonce: 1n, balance: 0n, code }, new Map());
from = performance.now();
await fresh.execute({ ...scenarios[0]!.message, gas: 100n }, testHost(big.view(), "cancun", block));
process.stdout.write(`prepare a contract of 24 KB, worst case (all JUMPDEST): ${ms(from)}\n`);
