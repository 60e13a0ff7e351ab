import type { Evm } from "@fb/types";
import { beforeAll, describe } from "vitest";
import { describeAccounts } from "./accounts.ts";
import { type RunFn, runMessage } from "./fixture.ts";
import { describeFrames } from "./frames.ts";
import { describeOpcodes } from "./opcodes.ts";
import { describePrecompiles } from "./precompiles.ts";
import { describeSuspension } from "./suspension.ts";
import { describeSystemContracts } from "./system-contracts.ts";

/**
 * What every `Evm` of `@fb/types` promises, with exact gas, logs and changes. Every test runs over a view that has everything in
 * memory and over one that has nothing until it is loaded.
 */
export function describeEvm(name: string, create: () => Promise<Evm>): void {
  describe(`Evm contract: ${name}`, () => {
    let evm: Evm;
    beforeAll(async () => {
      evm = await create();
    });
    for (const cold of [false, true]) {
      describe(cold ? "nothing in memory" : "everything in memory", () => {
        const run: RunFn = (options) => runMessage(evm, { cold, ...options });
        describeOpcodes(run);
        describeAccounts(run);
        describeFrames(run);
        describePrecompiles(run);
        describeSystemContracts(run);
      });
    }
    describeSuspension((options) => runMessage(evm, options));
  });
}
