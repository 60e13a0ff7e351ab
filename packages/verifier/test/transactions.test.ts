import { assemble, deployer, type Instruction } from "@fb/compliance/evm";
import { addressOf, bytesToBig, contractAddress, fromHex, groupContractAddress, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { richAlloc } from "./accounts.ts";
import { alice, balance, bob, carol, chainWith, RICH, statuses, stranger, suite } from "./rich-chain.ts";

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

  it("SPEC 4.1: create at the address of sender and nonce", async () => {
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

  it("SPEC 4.1: create at the address of their hash", async () => {
    const chain = await chainWith();
    const raw = chain.group(alice, { data: deployer(assemble("STOP")) });
    const { receipts } = await chain.seal(raw);
    const created = groupContractAddress(suite, suite.hash(raw));
    expect(receipts[0]!.contractAddress).toEqual(created);
    expect(await chain.account(created)).toMatchObject({ nonce: 1n });
    expect(await chain.account(alice.address)).toMatchObject({ nonce: 0n });
  });

  it("SPEC 2.3: are not asked again what the pool judges, as whether they ran before", async () => {
    const chain = await chainWith();
    const raw = chain.group(alice, { to: bob.address, value: 1n });
    expect(statuses(await chain.seal(raw, raw))).toEqual(["ok", "ok"]);
  });

  it("from accounts that do not exist run and leave no account", async () => {
    const chain = await chainWith();
    const executed = await chain.seal(chain.group(stranger, { to: bob.address }));
    expect(statuses(executed)).toEqual(["ok"]);
    expect(await chain.account(stranger.address)).toBeNull();
  });

  it("SPEC 4.3: that spend everything delete their account (EIP-161)", async () => {
    const chain = await chainWith();
    await chain.seal(chain.group(alice, { to: bob.address, value: RICH }));
    expect(await chain.account(alice.address)).toBeNull();
  });
});

describe("SPEC 1.2: the block contracts see", () => {
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
      if (view.peekSlot(created, key) === undefined) await view.load([{ type: "slot", address: created, slot: key }]);
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
