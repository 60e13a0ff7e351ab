import { deployer } from "@fb/compliance/evm";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import { contractAddress, type Evm, receiptStatusName, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { richAlloc, testAccount, testSuite } from "./accounts.ts";
import { createTestChain } from "./chain.ts";
import { hostileCalldata, hostileProgram } from "./hostile-programs.ts";

const suite = await testSuite();
const alice = testAccount(suite, 0);
const engines: readonly Evm[] = [await createReferenceEvm(suite), await createEvm({ suite })];

describe("both engines make the same blocks", () => {
  it("of random programs, deployed and run", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(hostileProgram, { minLength: 1, maxLength: 8 }),
        hostileCalldata,
        async (programs, data) => {
          const blocks = await Promise.all(
            engines.map(async (evm) => {
              const chain = await createTestChain({ evm, alloc: richAlloc(suite, 1), admins: [alice.address] });
              let nonce = 0n;
              const raws = programs.flatMap((code) => {
                const to = contractAddress(suite, alice.address, nonce);
                return [
                  chain.eth(alice, { data: deployer(code), nonce: nonce++, value: 5n, gas: 3_000_000n }),
                  chain.eth(alice, { to, data, nonce: nonce++, gas: 500_000n }),
                  chain.eth(alice, { data: code, nonce: nonce++, gas: 500_000n }),
                ];
              });
              const { receipts, hash } = await chain.seal(...raws);
              const lines = receipts.map(
                ({ status, gasUsed, output, logs }) =>
                  `${receiptStatusName(status)} ${gasUsed} ${toHex(output)} ${logs.length}`,
              );
              return [...lines, toHex(hash)];
            }),
          );
          expect(blocks[1]).toEqual(blocks[0]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
