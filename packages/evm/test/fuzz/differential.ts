import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import type { Evm } from "@fb/types";
import { createSlicedEvm } from "../support/sliced-evm.ts";
import { type FuzzCase, outcomeOf } from "./case.ts";
import { makeCase } from "./make-case.ts";
import { Random } from "./random.ts";

export interface Divergence {
  readonly seed: number;
  readonly gas: bigint;
  /** How the engine ran. */
  readonly way: Way;
  readonly expected: string;
  readonly actual: string;
}

export interface Engines {
  readonly fast: Evm;
  /** The same, interrupted as often as can be. */
  readonly sliced: Evm;
  readonly reference: Evm;
}

const WAYS = ["in one go", "suspended at every access", "interrupted at every jump and costly operation"] as const;
export type Way = (typeof WAYS)[number];

export async function createEngines(): Promise<Engines> {
  const suite = await createCryptoSuite();
  return {
    fast: await createEvm({ suite }),
    sliced: await createSlicedEvm(suite),
    reference: await createReferenceEvm(suite),
  };
}

/**
 * Runs the program of one seed on both engines: with much gas, and at gas limits around what it used, so that it fails
 * at many different operations (`edges`: one or both of one unit too little and any smaller limit). Null when they agree
 * in whatever way ours runs.
 */
export async function compareSeed(engines: Engines, seed: number, edges: 1 | 2): Promise<Divergence | null> {
  const random = new Random(seed);
  const first = makeCase(random);
  const whole = await compareGas(engines, seed, first);
  if (typeof whole !== "bigint") return whole;
  const limits = [whole - 1n, BigInt(random.below(Number(whole) + 1))];
  for (const gas of edges === 2 ? limits : [limits[seed & 1]!]) {
    if (gas < 0n) continue;
    const other = await compareGas(engines, seed, { ...first, message: { ...first.message, gas } });
    if (typeof other !== "bigint") return other;
  }
  return null;
}

/** The gas used, or what differs. */
async function compareGas(engines: Engines, seed: number, test: FuzzCase): Promise<Divergence | bigint> {
  const expected = await tell(engines.reference, test, false);
  for (const way of WAYS) {
    const engine = way === WAYS[2] ? engines.sliced : engines.fast;
    const actual = await tell(engine, test, way === WAYS[1]);
    if (actual !== expected) return { seed, gas: test.message.gas, way, expected, actual };
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
