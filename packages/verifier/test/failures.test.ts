import { assemble, deployer, type Instruction } from "@fb/compliance/evm";
import { decodeError } from "@fb/precompiled";
import { addressOf, bytesToBig, contractAddress, fromHex, type RECEIPT_STATUS, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { richAlloc } from "./accounts.ts";
import { alice, balance, bob, carol, chainWith, GWEI, RICH, statuses, suite } from "./rich-chain.ts";

describe("SPEC 2.1, 4.2: failed receipts", () => {
  const program = (...items: Instruction[]) => ({ data: assemble(...items) });
  const deploys = (code: Uint8Array) => ({ data: deployer(code) });
  const CASES: readonly (readonly [keyof typeof RECEIPT_STATUS, object])[] = [
    ["revert", program(0, 0, "REVERT")],
    ["outOfGas", program("JUMPDEST", 0, "JUMP")],
    ["badInstruction", program("INVALID")],
    ["badJumpDestination", program(1, "JUMP")],
    ["stackUnderflow", program("POP")],
    ["outOfStack", program(...Array.from({ length: 1_025 }, () => 1))],
    ["returnDataOutOfBounds", program(1, 0, 0, "RETURNDATACOPY")],
    ["codeSizeLimit", { ...program(24_577, 0, "RETURN"), gas: 10_000_000n }],
    ["codeStoreOutOfGas", program(24_000, 0, "RETURN")],
    ["invalidCodePrefix", deploys(Uint8Array.of(0xef))],
    ["initCodeSizeLimit", { data: new Uint8Array(49_153), gas: 10_000_000n }],
    ["outOfGasIntrinsic", { to: bob.address, gas: 20_999n }],
    ["notEnoughCash", { to: bob.address, value: RICH + 1n }],
    ["precompiledError", { to: new Uint8Array(20).fill(6, 19), data: new Uint8Array(64).fill(1) }],
    ["precompiledError", { to: fromHex(`${"00".repeat(18)}1003`), data: Uint8Array.of(1), value: 1n }],
    ["transactionRefused", { from: carol, to: bob.address }],
  ];

  it.each(CASES)("%s", async (name, fields) => {
    // Carol's address carries code, as only a genesis could arrange it.
    const alloc = richAlloc(suite, 2);
    alloc.set(toHex(carol.address), { balance: 1n, code: assemble("STOP") });
    const chain = await chainWith({ alloc });
    const { from = alice, ...rest } = fields as { from?: typeof alice };
    const executed = await chain.seal(chain.eth(from, rest), chain.eth(bob, { to: alice.address, value: 1n }));
    expect(statuses(executed)).toEqual([name, "ok"]);
    const [receipt] = executed.receipts;
    expect(receipt).toMatchObject({ contractAddress: null, logs: [] });
    expect(receipt!.gasUsed).toBeLessThanOrEqual(chain.config.txGasLimit);
    expect(await chain.account(from.address)).toMatchObject({ nonce: 1n });
    expect((await balance(chain, alice.address)) + (await balance(chain, bob.address))).toBe(2n * RICH);
  });

  it("addressAlreadyUsed", async () => {
    const created = contractAddress(suite, alice.address, 0n);
    const alloc = richAlloc(suite, 2);
    alloc.set(toHex(created), { balance: 0n, code: assemble("STOP") });
    const chain = await chainWith({ alloc });
    expect(statuses(await chain.seal(chain.eth(alice, { data: deployer(assemble("STOP")) })))).toEqual([
      "addressAlreadyUsed",
    ]);
  });

  it("blockGasLimitReached: compared with gas used before each transaction", async () => {
    const chain = await chainWith({ config: { blockGasLimit: 1_000_000 } });
    const spin = assemble("JUMPDEST", 0, "JUMP");
    const executed = await chain.seal(
      chain.eth(alice, { to: bob.address, value: 1n }),
      chain.eth(alice, { data: spin, nonce: 1n, gas: 990_000n }),
      chain.eth(alice, { to: bob.address, value: 1n, nonce: 2n }),
      chain.group(bob, { to: alice.address, value: 1n }),
      chain.eth(bob, { to: alice.address, value: 1n }),
    );
    expect(statuses(executed)).toEqual([
      "ok",
      "outOfGas",
      "blockGasLimitReached",
      "blockGasLimitReached",
      "blockGasLimitReached",
    ]);
    expect(executed.header.gasUsed).toBe(1_011_000);
    expect(executed.receipts[2]).toMatchObject({ gasUsed: 0, cumulativeGasUsed: 1_011_000 });
    expect(await chain.account(alice.address)).toMatchObject({ nonce: 3n, balance: RICH - 1n });
    expect(await chain.account(bob.address)).toMatchObject({ nonce: 1n });
  });

  it("SPEC 3.1: a transaction gets the group's gas limit at most", async () => {
    const chain = await chainWith({ config: { txGasLimit: 100_000 } });
    const { receipts } = await chain.seal(chain.eth(alice, { data: assemble("JUMPDEST", 0, "JUMP"), gas: 2n ** 62n }));
    expect(receipts[0]!.gasUsed).toBe(100_000);
  });

  it("revert data is kept up to its limit", async () => {
    const chain = await chainWith();
    const { receipts } = await chain.seal(
      chain.eth(alice, { data: assemble(0x2a, 0, "MSTORE", 32, 0, "REVERT") }),
      chain.eth(alice, { data: assemble(40_000, 0, "REVERT"), nonce: 1n }),
    );
    expect(bytesToBig(receipts[0]!.output)).toBe(0x2an);
    expect(receipts[1]!.output.length).toBe(32_768);
  });
});

describe("SPEC 2.2: a transaction that does not run", () => {
  const reason = ({ output }: { readonly output: Uint8Array }) => decodeError(output);

  it("uses its intrinsic gas and says why", async () => {
    const chain = await chainWith();
    const { receipts, header } = await chain.seal(
      chain.eth(alice, { to: bob.address, value: RICH + 1n }),
      chain.eth(alice, { to: bob.address, gas: 20_000n, nonce: 1n }),
      chain.eth(alice, { to: bob.address, nonce: 9n }),
      chain.group(bob, { to: alice.address, value: RICH + 1n, data: Uint8Array.of(1) }),
    );
    expect(receipts.map(({ gasUsed }) => gasUsed)).toEqual([21_000, 20_000, 0, 21_016]);
    expect(header.gasUsed).toBe(62_016);
    expect(receipts.map(reason)).toEqual([
      "insufficient funds for gas * price + value",
      "intrinsic gas too low",
      "nonce is not the next of the account",
      "insufficient funds for gas * price + value",
    ]);
    expect(await chain.account(alice.address)).toMatchObject({ nonce: 2n, balance: RICH });
  });

  it("pays for it as far as its balance goes", async () => {
    const chain = await chainWith({ config: { chargeGas: true } });
    const { header } = await chain.seal(
      chain.eth(alice, { to: bob.address, value: RICH, gasPrice: GWEI }),
      chain.eth(bob, { to: alice.address, gasPrice: RICH }),
    );
    expect(await balance(chain, alice.address)).toBe(RICH - 21_000n * GWEI);
    expect(await balance(chain, bob.address)).toBe(0n);
    const coinbase = addressOf(suite, fromHex(chain.members().sealers[header.sealer]!)!);
    expect(await balance(chain, coinbase)).toBe(RICH + 21_000n * GWEI);
  });
});
