import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import type { CryptoSuite, Evm, EvmFork } from "@fb/types";
import { beforeAll, describe, expect, it } from "vitest";
import { type FuzzCase, outcomeOf } from "../fuzz/case.ts";
import { addressOf } from "../fuzz/cast.ts";
import { Random } from "../fuzz/random.ts";
import { World } from "../support/world.ts";
import { MAKERS, spoil } from "./inputs.ts";

const INPUTS = 24;
const FORKS: readonly EvmFork[] = ["cancun", "osaka"];

describe("precompiles against @ethereumjs/evm", () => {
  let suite: CryptoSuite;
  let fast: Evm;
  let reference: Evm;
  beforeAll(async () => {
    suite = await createCryptoSuite();
    fast = await createEvm({ suite });
    reference = await createReferenceEvm(suite);
  });

  for (const [number, make] of MAKERS) {
    it(`0x${number.toString(16)}`, async () => {
      const random = new Random(number);
      for (let i = 0; i < INPUTS; i++) {
        const data = spoil(random, make(random, suite));
        for (const fork of FORKS) {
          const test = callOf(number, data, fork);
          expect(await outcomeOf(fast, test, false), `${fork} ${Buffer.from(data).toString("hex")}`).toBe(
            await outcomeOf(reference, test, false),
          );
        }
      }
    });
  }
});

function callOf(number: number, data: Uint8Array, fork: EvmFork): FuzzCase {
  const caller = addressOf(0xaaaa_0001n);
  return {
    world: new World(),
    fork,
    message: {
      caller,
      origin: caller,
      to: addressOf(BigInt(number)),
      value: 0n,
      data,
      gas: 10_000_000n,
      gasPrice: 0n,
      blobHashes: [],
      isStatic: false,
      accessList: [],
    },
  };
}
