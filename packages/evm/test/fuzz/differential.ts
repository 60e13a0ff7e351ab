import type { Evm } from "@fb/types";
import { type FuzzCase, outcomeOf } from "./case.ts";
import { makeCase } from "./make-case.ts";
import { Random } from "./random.ts";

export interface Divergence {
  readonly seed: number;
  readonly gas: bigint;
  readonly cold: boolean;
  readonly expected: string;
  readonly actual: string;
}

/**
 * Runs the program of one seed on both engines: with much gas, and at gas limits around what it used, so that it fails
 * at many different operations (`edges`: one or both of one unit too little and any smaller limit). Null when they agree
 * with and without suspension at every access.
 */
export async function compareSeed(fast: Evm, reference: Evm, seed: number, edges: 1 | 2): Promise<Divergence | null> {
  const random = new Random(seed);
  const first = makeCase(random);
  const whole = await compareGas(fast, reference, seed, first);
  if (typeof whole !== "bigint") return whole;
  const limits = [whole - 1n, BigInt(random.below(Number(whole) + 1))];
  for (const gas of edges === 2 ? limits : [limits[seed & 1]!]) {
    if (gas < 0n) continue;
    const other = await compareGas(fast, reference, seed, { ...first, message: { ...first.message, gas } });
    if (typeof other !== "bigint") return other;
  }
  return null;
}

/** The gas used, or what differs. */
async function compareGas(fast: Evm, reference: Evm, seed: number, test: FuzzCase): Promise<Divergence | bigint> {
  const expected = await tell(reference, test, false);
  for (const cold of [false, true]) {
    const actual = await tell(fast, test, cold);
    if (actual !== expected) return { seed, gas: test.message.gas, cold, expected, actual };
  }
  return BigInt(/"gasUsed": "(\d+)"/.exec(expected)?.[1] ?? 0);
}

/** The outcome, which an engine that throws has, too. */
async function tell(evm: Evm, test: FuzzCase, cold: boolean): Promise<string> {
  try {
    return await outcomeOf(evm, test, cold);
  } catch (error) {
    return `${evm.name} engine threw ${error instanceof Error ? error.stack : error}`;
  }
}
