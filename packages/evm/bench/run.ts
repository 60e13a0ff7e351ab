// node --conditions=fb-source bench/run.ts : our engine and @ethereumjs/evm in one process, runs interleaved.
import type { Evm, EvmResult } from "@fb/types";
import { testHost } from "../test/support/host.ts";
import { block, fast, reference, type Scenario, scenarios, world } from "./scenarios.ts";

async function time(
  evm: Evm,
  { message: sent, cold }: Scenario,
  budget: number,
): Promise<{ us: number; result: EvmResult }> {
  let result: EvmResult | null = null;
  let runs = 0;
  const start = performance.now();
  let elapsed = 0;
  const host = testHost(world.view(), "cancun", block);
  while (elapsed < budget) {
    const answer = evm.execute(sent, cold === true ? testHost(world.coldView(), "cancun", block) : host);
    result = answer instanceof Promise ? await answer : answer;
    runs++;
    elapsed = performance.now() - start;
  }
  return { us: (elapsed * 1000) / runs, result: result! };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const rows: string[][] = [["case", "gas", "fast us", "library us", "times", "fast Mgas/s", "library Mgas/s"]];
for (const scenario of scenarios) {
  const ours: number[] = [];
  const theirs: number[] = [];
  await time(fast, scenario, 300);
  let gas = 0n;
  for (let round = 0; round < 5; round++) {
    const a = await time(fast, scenario, 120);
    const b = await time(reference, scenario, 120);
    if (a.result.error !== null || a.result.gasUsed !== b.result.gasUsed)
      throw new RangeError(`${scenario.name}: engines differ`);
    ours.push(a.us);
    theirs.push(b.us);
    gas = a.result.gasUsed;
  }
  const [x, y] = [median(ours), median(theirs)];
  rows.push([
    scenario.name,
    `${gas}`,
    x.toFixed(2),
    y.toFixed(1),
    (y / x).toFixed(0),
    (Number(gas) / x).toFixed(0),
    (Number(gas) / y).toFixed(1),
  ]);
}
for (const row of rows) process.stdout.write(`| ${row.join(" | ")} |\n`);
