import { beforeAll, describe } from "vitest";
import type { Evm, EvmLimits, EvmResult } from "../contracts/evm.ts";
import { describeAccounts } from "./evm-compliance-accounts.ts";
import { describeFrames } from "./evm-compliance-frames.ts";
import { describeOpcodes } from "./evm-compliance-opcodes.ts";
import { describePrecompiles } from "./evm-compliance-precompiles.ts";
import { describeSuspension } from "./evm-compliance-suspension.ts";
import { describeSystemContracts } from "./evm-compliance-system.ts";
import { type RunFn, runMessage } from "./evm-fixture.ts";

/**
 * What every {@link Evm} promises, with exact gas, logs and changes. Every test runs over a view that has everything in
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
    describeSuspension({
      execute: (message, host, limits?: EvmLimits): EvmResult | Promise<EvmResult> =>
        evm.execute(message, host, limits),
    });
  });
}
