import { deployer } from "@fb/compliance/evm";
import { contractAddress } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { richAlloc, testAccount, testSuite } from "./accounts.ts";
import { createTestChain } from "./chain.ts";
import { hostileCalldata, hostileProgram, hostileTarget, reserved } from "./hostile-programs.ts";

const suite = await testSuite();
const alice = testAccount(suite, 0);
describe("no transaction stops a node", () => {
  it("random programs, deployed and run", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(hostileProgram, { minLength: 1, maxLength: 8 }),
        hostileCalldata,
        async (programs, data) => {
          const chain = await createTestChain({ alloc: richAlloc(suite, 1), admins: [alice.address] });
          let nonce = 0n;
          const gas = 500_000n;
          const raws = programs.flatMap((code) => {
            const created = contractAddress(suite, alice.address, nonce);
            return [
              chain.eth(alice, { data: deployer(code), nonce: nonce++, value: 5n, gas: 3_000_000n }),
              chain.eth(alice, { to: created, data, nonce: nonce++, gas }),
              chain.eth(alice, { data: code, nonce: nonce++, gas }),
            ];
          });
          const { receipts, header } = await chain.seal(...raws);
          expect(receipts.length).toBe(raws.length);
          expect(header.gasUsed).toBeLessThanOrEqual(programs.length * 4_000_000);
          expect((await chain.account(alice.address))!.nonce).toBe(nonce);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("random calldata to system and precompiled contracts", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(hostileTarget, hostileCalldata), { minLength: 5, maxLength: 20 }),
        async (calls) => {
          const chain = await createTestChain({ alloc: richAlloc(suite, 1), admins: [alice.address] });
          const raws = calls.map(([to, data], i) =>
            chain.group(alice, { nonce: BigInt(i), to: reserved(to), data, gas: 500_000n }),
          );
          const { receipts } = await chain.seal(...raws);
          expect(receipts.length).toBe(calls.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});
