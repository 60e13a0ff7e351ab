// node --conditions=fb-source bench/run.ts [--anvil <binary>]
// Our engine and @ethereumjs/evm in one process, and anvil beside it where comparable; runs interleaved.

import { parseArgs } from "node:util";
import { compileEvmModule, createEvm } from "@fb/evm";
import { bigTo32, type Evm, type EvmResult, equalBytes, toHex } from "@fb/types";
import { testHost } from "../test/support/host.ts";
import { World } from "../test/support/world.ts";
import { type Anvil, startAnvil } from "./anvil.ts";
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
    const answer = evm.execute(sent, cold === true ? { ...host, view: world.coldView() } : host);
    result = answer instanceof Promise ? await answer : answer;
    runs++;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { us: (user + system) / runs, result: result! };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const print = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`);

const { values: flags } = parseArgs({ options: { anvil: { type: "string" } } });
const anvil = flags.anvil === undefined ? null : await startAnvil(flags.anvil);
const nobody = bigTo32(0xdeadn).slice(12);

/** What anvil needs for the call itself: without what any call costs it, JSON-RPC and all. */
async function timeAnvil(node: Anvil, { message: sent }: Scenario, output: Uint8Array): Promise<number> {
  await node.setCode(sent.to!, world.codes.get(toHex(world.account(sent.to!)!.codeHash))!);
  const call = await node.time(sent, 600);
  const trivial = await node.time({ ...sent, to: nobody }, 300);
  if (!equalBytes(call.output, output)) throw new RangeError("anvil returns something else");
  return call.us - trivial.us;
}

const heads = ["case", "gas", "engine us", "@ethereumjs/evm us", "times", "engine Mgas/s", "@ethereumjs/evm Mgas/s"];
if (anvil !== null) heads.push("anvil us", "anvil Mgas/s");
print(heads);
print(heads.map(() => "---"));
for (const scenario of scenarios) {
  const ours: number[] = [];
  const theirs: number[] = [];
  const anvils: number[] = [];
  for (const evm of [fast, reference]) await time(evm, scenario, 500);
  let gas = 0n;
  for (let round = 0; round < 5; round++) {
    const a = await time(fast, scenario, 200);
    const b = await time(reference, scenario, 200);
    if (a.result.error !== null || a.result.gasUsed !== b.result.gasUsed) {
      throw new RangeError(`${scenario.name}: the engines differ`);
    }
    ours.push(a.us);
    theirs.push(b.us);
    if (anvil !== null && scenario.pure === true) anvils.push(await timeAnvil(anvil, scenario, a.result.output));
    gas = a.result.gasUsed;
  }
  const [x, y] = [median(ours), median(theirs)];
  const rate = (us: number) => (Number(gas) / us).toFixed(0);
  const cells = [scenario.name, `${gas}`, x.toFixed(2), y.toFixed(0), (y / x).toFixed(0), rate(x), rate(y)];
  if (anvil !== null) cells.push(...(anvils.length > 0 ? [median(anvils).toFixed(0), rate(median(anvils))] : ["", ""]));
  print(cells);
}
anvil?.close();

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
