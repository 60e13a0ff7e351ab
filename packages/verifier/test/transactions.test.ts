import { decodeError } from "@fb/precompiled";
import {
  addressOf,
  bytesToBig,
  contractAddress,
  fromHex,
  groupContractAddress,
  type RECEIPT_STATUS,
  receiptStatusName,
  toHex,
} from "@fb/types";
import { assemble, deployer, type Instruction } from "@fb/types/testing";
import { describe, expect, it } from "vitest";
import { createTestChain, richAlloc, type TestChain, type TestChainOptions, testAccount, testSuite } from "./chain.ts";

const suite = await testSuite();
const alice = testAccount(suite, 0);
const bob = testAccount(suite, 1);
const carol = testAccount(suite, 2);
const stranger = testAccount(suite, 99);
const RICH = 10n ** 21n;
const GWEI = 10n ** 9n;

async function chainWith(options: TestChainOptions = {}): Promise<TestChain> {
  return createTestChain({ alloc: richAlloc(suite, 3), ...options });
}

async function balance(chain: TestChain, address: Uint8Array): Promise<bigint> {
  return (await chain.account(address))?.balance ?? 0n;
}

function statuses(executed: { receipts: readonly { status: number }[] }): string[] {
  return executed.receipts.map((receipt) => receiptStatusName(receipt.status));
}

describe("Ethereum transactions", () => {
  it("move value, raise the nonce and leave a receipt", async () => {
    const chain = await chainWith();
    const { receipts, header } = await chain.seal(
      chain.eth(alice, { to: bob.address, value: 5n }),
      chain.eth(alice, { to: stranger.address, value: 7n, nonce: 1n, data: Uint8Array.of(1, 0) }),
    );
    expect(receipts[0]).toMatchObject({
      status: 0,
      gasUsed: 21_000,
      cumulativeGasUsed: 21_000,
      contractAddress: null,
      logs: [],
    });
    expect(receipts[1]).toMatchObject({ status: 0, gasUsed: 21_020, cumulativeGasUsed: 42_020 });
    expect(header.gasUsed).toBe(42_020);
    expect(await chain.account(alice.address)).toMatchObject({ nonce: 2n, balance: RICH - 12n });
    expect(await balance(chain, stranger.address)).toBe(7n);
  });

  it("create at the address of sender and nonce", async () => {
    const chain = await chainWith();
    const runtime = assemble("CALLER", 0, "SSTORE");
    const data = deployer(runtime);
    const { receipts } = await chain.seal(chain.eth(alice, { data, value: 3n }));
    const created = contractAddress(suite, alice.address, 0n);
    expect(receipts[0]).toMatchObject({ status: 0, contractAddress: created });
    expect(receipts[0]!.output.length).toBe(0);
    expect(await chain.account(created)).toMatchObject({ nonce: 1n, balance: 3n, codeHash: suite.hash(runtime) });
    const called = await chain.seal(chain.eth(bob, { to: created }));
    expect(called.receipts[0]!.gasUsed).toBe(21_000 + 2 + 3 + 22_100);
  });

  it("of all types run alike; an access list costs and warms", async () => {
    const code = assemble(1, "SLOAD");
    const chain = await chainWith({ alloc: richAlloc(suite, 2).set(toHex(carol.address), { balance: 0n, code }) });
    const accessList = [{ address: carol.address, slots: [new Uint8Array(32).fill(1, 31)] }];
    const { receipts } = await chain.seal(
      chain.eth(alice, { to: carol.address }),
      chain.eth(alice, { type: 1, to: carol.address, nonce: 1n, accessList }),
      chain.eth(alice, { type: 2, to: carol.address, nonce: 2n }),
    );
    expect(receipts.map((receipt) => receipt.gasUsed)).toEqual([23_103, 21_000 + 2_400 + 1_900 + 103, 23_103]);
  });

  it("that do not follow the account's nonce fail without touching it", async () => {
    const chain = await chainWith();
    const executed = await chain.seal(
      chain.eth(alice, { to: bob.address, nonce: 1n, value: 1n }),
      chain.eth(alice, { to: bob.address }),
    );
    expect(statuses(executed)).toEqual(["invalidNonce", "ok"]);
    expect(await chain.account(alice.address)).toMatchObject({ nonce: 1n, balance: RICH });
  });
});

describe("group transactions", () => {
  it("neither check nor change the account's nonce", async () => {
    const chain = await chainWith();
    const nonces = [2n ** 255n, 0n, 5n];
    const executed = await chain.seal(
      ...nonces.map((nonce) => chain.group(alice, { nonce, to: bob.address, value: 1n })),
    );
    expect(statuses(executed)).toEqual(["ok", "ok", "ok"]);
    expect(await chain.account(alice.address)).toMatchObject({ nonce: 0n, balance: RICH - 3n });
  });

  it("create at the address of their hash", async () => {
    const chain = await chainWith();
    const raw = chain.group(alice, { data: deployer(assemble("STOP")) });
    const { receipts } = await chain.seal(raw);
    const created = groupContractAddress(suite, suite.hash(raw));
    expect(receipts[0]!.contractAddress).toEqual(created);
    expect(await chain.account(created)).toMatchObject({ nonce: 1n });
    expect(await chain.account(alice.address)).toMatchObject({ nonce: 0n });
  });

  it("from accounts that do not exist run and leave no account", async () => {
    const chain = await chainWith();
    const executed = await chain.seal(chain.group(stranger, { to: bob.address }));
    expect(statuses(executed)).toEqual(["ok"]);
    expect(await chain.account(stranger.address)).toBeNull();
  });

  it("that spend everything delete their account (EIP-161)", async () => {
    const chain = await chainWith();
    await chain.seal(chain.group(alice, { to: bob.address, value: RICH }));
    expect(await chain.account(alice.address)).toBeNull();
  });
});

describe("failed receipts", () => {
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

  it("a transaction gets the group's gas limit at most", async () => {
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

describe("a transaction that does not run (SPEC 2.2)", () => {
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

describe("paying for gas", () => {
  const paying = { config: { chargeGas: true } };
  const coinbaseOf = (chain: TestChain, sealer: number) => addressOf(suite, fromHex(chain.members().sealers[sealer]!)!);

  it("with charging off costs nothing and shows price 0", async () => {
    const chain = await chainWith();
    const code = assemble("GASPRICE", 0, "SSTORE", "CALLER", "BALANCE", 1, "SSTORE");
    await chain.seal(chain.eth(alice, { data: code, gasPrice: 5n * GWEI }));
    expect(await balance(chain, alice.address)).toBe(RICH);
  });

  it("credits the sealer with what was used", async () => {
    const chain = await chainWith(paying);
    const executed = await chain.seal(
      chain.eth(alice, { to: bob.address, value: 1n, gasPrice: GWEI }),
      chain.group(bob, { to: carol.address, value: 1n, gasPrice: 2n * GWEI }),
    );
    const coinbase = coinbaseOf(chain, executed.header.sealer);
    expect(await balance(chain, coinbase)).toBe(21_000n * 3n * GWEI);
    expect(await balance(chain, alice.address)).toBe(RICH - 1n - 21_000n * GWEI);
    expect(await balance(chain, bob.address)).toBe(RICH - 21_000n * 2n * GWEI);
    expect((await chain.account(bob.address))!.nonce).toBe(0n);
  });

  it("of type 2 takes the priority fee, but demands the maximum", async () => {
    const chain = await chainWith(paying);
    const tx = (nonce: bigint, gasPrice: bigint) =>
      chain.eth(alice, { type: 2, to: bob.address, gasPrice, priorityFee: GWEI, nonce, gas: 21_000n });
    const executed = await chain.seal(tx(0n, 3n * GWEI), tx(1n, RICH));
    expect(statuses(executed)).toEqual(["ok", "notEnoughCash"]);
    expect(await balance(chain, alice.address)).toBe(RICH - 2n * 21_000n * GWEI);
  });

  it("is owed by failed transactions too", async () => {
    const chain = await chainWith(paying);
    await chain.seal(chain.eth(carol, { data: assemble("INVALID"), gas: 100_000n, gasPrice: GWEI }));
    expect(await balance(chain, carol.address)).toBe(RICH - 100_000n * GWEI);
  });

  it("gives back a fifth of the gas used at most", async () => {
    const chain = await chainWith(paying);
    // Ten slots set to the size of the calldata.
    const code = assemble(...Array.from({ length: 10 }, (_, i): Instruction[] => ["CALLDATASIZE", i, "SSTORE"]).flat());
    const to = contractAddress(suite, alice.address, 0n);
    await chain.seal(chain.eth(alice, { data: deployer(code) }));
    await chain.seal(chain.eth(alice, { to, data: Uint8Array.of(1), nonce: 1n }));
    const { receipts } = await chain.seal(chain.eth(bob, { to, gasPrice: GWEI }));
    const used = 21_000 + 10 * 5_005;
    expect(receipts[0]!.gasUsed).toBe(used - used / 5);
    expect(await balance(chain, bob.address)).toBe(RICH - BigInt(used - used / 5) * GWEI);
  });

  it("neither makes nor destroys money", async () => {
    const chain = await chainWith(paying);
    const executed = await chain.seal(
      chain.eth(alice, { data: assemble("INVALID"), gas: 50_000n, gasPrice: 7n }),
      chain.eth(bob, { data: deployer(assemble("STOP")), value: 9n, gasPrice: 11n }),
      chain.group(carol, { to: stranger.address, value: 13n, gasPrice: 17n }),
    );
    const places = [alice, bob, carol, stranger].map((account) => account.address);
    places.push(contractAddress(suite, bob.address, 0n), coinbaseOf(chain, executed.header.sealer));
    let total = 0n;
    for (const place of places) total += await balance(chain, place);
    expect(total).toBe(3n * RICH);
  });
});

describe("the block contracts see", () => {
  it("is the header's", async () => {
    const chain = await chainWith();
    await chain.seal();
    const parent = chain.head();
    const items: Instruction[] = ["NUMBER", "TIMESTAMP", "COINBASE", "PREVRANDAO", "GASLIMIT", "CHAINID", "BASEFEE"];
    const stores = [...items, 1, "BLOCKHASH" as const].flatMap((item, i): Instruction[] =>
      item === 1 ? [1] : [item, i, "SSTORE"],
    );
    const { header, receipts } = await chain.seal(chain.eth(alice, { data: assemble(...stores) }));
    expect(receipts[0]!.status).toBe(0);
    const view = chain.world.view(header.number);
    const created = toHex(contractAddress(suite, alice.address, 0n));
    const slot = async (index: number) => {
      const key = index.toString(16).padStart(64, "0");
      if (view.peekSlot(created, key) === undefined) await view.load([{ kind: "slot", address: created, slot: key }]);
      return view.peekSlot(created, key)!;
    };
    expect(bytesToBig(await slot(0))).toBe(2n);
    expect(bytesToBig(await slot(1))).toBe(BigInt(Math.floor(header.timestamp / 1_000)));
    expect((await slot(2)).slice(12)).toEqual(addressOf(suite, fromHex(chain.members().sealers[header.sealer]!)!));
    expect(await slot(3)).toEqual(suite.hash(parent.hash));
    expect(bytesToBig(await slot(4))).toBe(BigInt(header.gasLimit));
    expect(bytesToBig(await slot(5))).toBe(7n * 65_536n + 3n);
    expect(bytesToBig(await slot(6))).toBe(0n);
    expect(await slot(8)).toEqual(parent.hash);
  });
});
