import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import type { Evm } from "@fb/types";
import { beforeAll, describe, expect, it } from "vitest";
import { compareSeed } from "./differential.ts";
import { FOUND } from "./divergences.ts";

const PROGRAMS = 10_000;
/** Other seeds than those of short runs by hand. */
const FIRST_SEED = 0x2026_0000;

describe("the engine against @ethereumjs/evm", () => {
  let fast: Evm;
  let reference: Evm;
  beforeAll(async () => {
    const suite = await createCryptoSuite();
    fast = await createEvm({ suite });
    reference = await createReferenceEvm(suite);
  });

  for (const [seed, reason] of FOUND) {
    it(`agrees on seed ${seed}: ${reason}`, async () => {
      expect(await compareSeed(fast, reference, seed, 2)).toBeNull();
    });
  }

  it(`agrees on ${PROGRAMS} random programs at two gas limits each, with and without suspension`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
      const found = await compareSeed(fast, reference, seed, 1);
      if (found !== null)
        expect.fail(`seed ${seed}, gas ${found.gas}, cold ${found.cold}\n${found.expected}\n${found.actual}`);
    }
  }, 300_000);
});
