import { beforeAll, describe, expect, it } from "vitest";
import { callMessage, worldWith } from "../support/run-code.ts";
import { type FuzzCase, outcomeOf } from "./case.ts";
import { compareSeed, createEngines, type Engines } from "./differential.ts";
import { FOUND } from "./divergences.ts";

const PROGRAMS = 10_000;
/** Other seeds than those of short runs by hand. */
const FIRST_SEED = 0x2026_0000;

describe("the engine against @ethereumjs/evm", () => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await createEngines();
  });

  it.each(FOUND)("SPEC 5.3: agrees on $name", async ({ code, fork, message, error }) => {
    const world = worldWith(Uint8Array.from(Buffer.from(code, "hex")));
    const test: FuzzCase = { world, fork, message: callMessage(message) };
    const expected = await outcomeOf(engines.reference, test, false);
    expect(expected).toContain(`"error": "${error}"`);
    for (const cold of [false, true]) expect(await outcomeOf(engines.fast, test, cold)).toBe(expected);
  });

  it("SPEC 1.7: agrees that a system contract's input stays what it was when memory changes later", async () => {
    // Byte 0 = 5, a call of the system contract with 4 bytes, which it logs; then byte 1 = 255.
    const code = Uint8Array.from(Buffer.from("60055f535f5f60045f5f6110055af15060ff60015300", "hex"));
    const test: FuzzCase = { world: worldWith(code), fork: "cancun", message: callMessage() };
    const expected = await outcomeOf(engines.reference, test, false);
    expect(expected).toContain(" 05000000");
    expect(await outcomeOf(engines.fast, test, false)).toBe(expected);
  });

  // SPEC 1.5, 2.7, 2.8, 4.1, 4.2, 5.2: nothing of how the engine does it shows in what comes out.
  it(`agrees on ${PROGRAMS} random programs at two gas limits each, also suspended and interrupted at every chance`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
      const found = await compareSeed(engines, seed, 1);
      if (found !== null)
        expect.fail(`seed ${seed}, gas ${found.gas}, ${found.way}\n${found.expected}\n${found.actual}`);
    }
  }, 300_000);
});
