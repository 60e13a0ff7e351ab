import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { expect, it } from "vitest";
import { checkArithmetic } from "./arithmetic.ts";

const BATCHES = 300;
const BATCH = 1000;

it(`SPEC 2.1: agrees with BigInt on ${BATCHES * BATCH} edge-biased operations`, async () => {
  const evm = await createEvm({ suite: await createCryptoSuite() });
  for (let seed = 1; seed <= BATCHES; seed++) {
    const wrong = await checkArithmetic(evm, seed, BATCH);
    expect(wrong, `seed ${seed}`).toBeNull();
  }
}, 120_000);
