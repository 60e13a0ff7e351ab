import type { TestTransaction } from "@fb/state-tests";
import { type CryptoSuite, EMPTY, type EvmFork } from "@fb/types";
import { addressOf, CALLER } from "../fuzz/cast.ts";
import { Random } from "../fuzz/random.ts";
import { blsSources } from "../precompiles/curves.ts";
import { type InputMaker, MAKERS, spoil } from "../precompiles/inputs.ts";
import { evaluationInput } from "../precompiles/kzg-inputs.ts";
import { intrinsicGas } from "../support/transition.ts";
import { World } from "../support/world.ts";
import type { CorpusCase } from "./case.ts";

/** Well formed inputs are for every fork: prices differ, and before its own fork a precompile is an account without code. */
const FORKS: readonly EvmFork[] = ["shanghai", "cancun", "prague", "osaka"];
/** More inputs for the newest fork, some of them spoilt. */
const MORE = 4;
const GAS = 2_000_000n;

/** Transactions that call each precompile. */
export function precompileCases(suite: CryptoSuite): readonly CorpusCase[] {
  const bls = blsSources();
  const makers: readonly (readonly [number, InputMaker])[] = [
    ...MAKERS,
    [0x0a, (random) => evaluationInput(random, bls)],
  ];
  return makers.flatMap(([number, make]) => {
    const random = new Random(number);
    return [
      ...FORKS.map((fork) => callOf(number, make(random, suite), fork)),
      ...Array.from({ length: MORE }, () => callOf(number, spoil(random, make(random, suite)), "osaka")),
    ];
  });
}

function callOf(number: number, data: Uint8Array, fork: EvmFork): CorpusCase {
  const sender = addressOf(CALLER);
  const world = new World();
  world.put(sender, { nonce: 0n, balance: 10n ** 18n, code: EMPTY }, new Map());
  const tx: TestTransaction = {
    sender,
    to: addressOf(BigInt(number)),
    nonce: 0n,
    gasLimit: 0n,
    value: 0n,
    data,
    maxFee: 7n,
    maxPriorityFee: 7n,
    accessList: [],
    blob: null,
  };
  return { fork, world, tx: { ...tx, gasLimit: GAS + intrinsicGas(tx) } };
}
