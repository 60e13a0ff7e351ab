import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createProgram, integer, runProgram } from "@fb/cli";
import { isCode } from "@fb/types";
import { type Attack, groupOf } from "./attack.ts";
import { ATTACKS, findAttack } from "./attacks/index.ts";
import { createRedChain, OWN_CHECKOUT, type RedChain } from "./chain.ts";
import type { RedteamErrorCode } from "./errors.ts";
import { NO_NOISE, noiseOf } from "./measure/verdict.ts";
import { describeResult, summary } from "./report.ts";
import { type AttackResult, runAttack } from "./run.ts";
import { describeStops, type StopResult, stopUnder } from "./stops.ts";

interface Options {
  readonly rate: number;
  readonly calm: number;
  readonly seconds: number;
  readonly seed: number;
  readonly messages: number;
  readonly stop: boolean;
  readonly keep: boolean;
  readonly json?: string;
  readonly checkout: string;
}

const list = ATTACKS.map(({ name, who, does }) => `  ${name.padEnd(22)}${who.padEnd(12)}${does}`).join("\n");
const program = createProgram("./fb attack")
  .description(
    `Attacks a chain of four nodes that it starts on loopback, and measures what the chain makes of it.\nExit code 1 when a limit is broken.\n\n${list}`,
  )
  .argument("[names...]", "attacks, or all; without any they are listed")
  .option("-r, --rate <tx>", "transactions a second in each group", integer(1, 1_000), 40)
  .option("-c, --calm <seconds>", "measured before an attack", integer(5, 60), 10)
  .option("-s, --seconds <seconds>", "length of an attack", integer(5, 60), 15)
  .option("--seed <number>", "of everything random", integer(0, 2 ** 31), 1)
  .option("-m, --messages <count>", "changed messages of a fuzzer", integer(100, 10_000_000), 100_000)
  .option("--stop", "only end all nodes by SIGTERM under each attack, and tell how long that takes", false)
  .option("--keep", "keep the folder of the chain, with its logs", false)
  .option("--json <file>", "also write the figures as JSON")
  .option("--checkout <folder>", "attack the built nodes of another checkout of this repository", OWN_CHECKOUT)
  .action((names: string[], options: Options) => (names.length === 0 ? console.log(list) : runAll(names, options)));

async function runAll(names: readonly string[], options: Options): Promise<void> {
  const attacks = names.includes("all") ? ATTACKS : names.map(findAttack);
  const unmeasured = await (options.stop ? stopAll : attackAll)(attacks, options);
  if (unmeasured.length > 0) {
    console.log(`not measured: ${unmeasured.join(", ")}`);
    process.exitCode = 1;
  }
}

/** Returns the names of attacks that could not be measured. */
async function attackAll(attacks: readonly Attack[], options: Options): Promise<readonly string[]> {
  const results: AttackResult[] = [];
  let noise = NO_NOISE;
  const unmeasured = await onChains(attacks, options, async (attack, chain, isNew) => {
    const result = await runAttack(attack, chain, {
      rate: options.rate,
      isNew,
      calmSeconds: options.calm,
      seconds: options.seconds,
      noise,
      onProgress: (step) => console.error(`  ${attack.name}: ${step}`),
    });
    results.push(result);
    console.log(describeResult(result));
    if (attack.who === "nobody") noise = noiseOf(result);
    write(options, results);
    return result.lost.length === 0;
  });
  conclude(summary(results), results);
  return unmeasured;
}

async function stopAll(attacks: readonly Attack[], options: Options): Promise<readonly string[]> {
  const results: StopResult[] = [];
  const unmeasured = await onChains(attacks, options, async (attack, chain) => {
    const result = await stopUnder(attack, chain, { rate: options.rate, seconds: options.seconds });
    results.push(result);
    console.error(`  ${attack.name}: ${result.broken.join("; ") || "held"}`);
    write(options, results);
    return true;
  });
  conclude(describeStops(results), results);
  return unmeasured;
}

/**
 * Runs attacks on one chain after the other, each for those that can share it.
 *
 * @param run whether the chain is worth another attack
 */
async function onChains(
  attacks: readonly Attack[],
  options: Options,
  run: (attack: Attack, chain: RedChain, isNew: boolean) => Promise<boolean>,
): Promise<readonly string[]> {
  const unmeasured: string[] = [];
  let chain: RedChain | null = null;
  let ofChain = "";
  const close = async () => {
    const closing = chain;
    chain = null;
    await closing?.close(options.keep);
    if (options.keep && closing !== null) console.error(`  kept ${closing.folder}`);
  };
  const interrupted = () => void close().finally(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  try {
    for (const attack of attacks) {
      // Descriptors are limited when a process starts, and what an attack killed is made anew.
      const kind = `${attack.openFiles} ${isSealed(attack)}`;
      if (kind !== ofChain) await close();
      ofChain = kind;
      const isNew = chain === null;
      const target = (chain ??= await started(attack, options));
      const isWell = await measured(attack, () => run(attack, target, isNew));
      if (isWell === null) unmeasured.push(attack.name);
      if (isWell !== true) await close();
    }
  } finally {
    await close();
  }
  return unmeasured;
}

function write({ json }: Options, results: readonly object[]): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
}

function conclude(text: string, results: readonly { readonly broken: readonly string[] }[]): void {
  console.log(`\n${text}`);
  if (results.some(({ broken }) => broken.length > 0)) process.exitCode = 1;
}

/** Null when there is nothing to judge: the attacker or the chain was not ready. */
async function measured<T>(attack: Attack, run: () => Promise<T>): Promise<T | null> {
  try {
    return await run();
  } catch (error) {
    if (!isCode(error, "ATTACKER_FAILED") && !isCode(error, "CHAIN_NOT_WELL")) throw error;
    console.error(`  ${attack.name}: ${error.message}`);
    return null;
  }
}

async function started(attack: Attack, options: Options): Promise<RedChain> {
  console.error("  starting four nodes");
  const { seed, messages } = options;
  const { openFiles } = attack;
  return createRedChain({ checkout: resolve(options.checkout), openFiles, isSealed: isSealed(attack), seed, messages });
}

function isSealed({ who }: Attack): boolean {
  return groupOf(who) === 3;
}

await runProgram<RedteamErrorCode>(program, ["UNKNOWN_ATTACK"]);
