import { bigTo32, concatBytes, create2Address, fromHex, type StateType, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { suite } from "../src/testing/index.ts";
import { account, admin, ethTx, groupTx, keyed, makeGenesis } from "./accounts.ts";
import { startCluster } from "./fixture.ts";

/** The account of the well-known keyless transaction, of which nobody has the key, and the factory that it deploys. */
const KEYLESS_SENDER = fromHex("3fab184622dc19b6109349b94811493bf2a45362")!;
const FACTORY = fromHex("4e59b44847b379578588920ca78fbf26c0b4956c")!;
const KEYLESS = fromHex(
  `f8a58085174876e800830186a08080b853604580600e600039806000f350fe7f${"ff".repeat(31)}e036016000816020823780358282` +
    `34f58015156039578182fd5b8082525050506014600cf31ba0${"22".repeat(32)}a0${"22".repeat(32)}`,
)!;
const keyless = { raw: KEYLESS, hash: suite.hash(KEYLESS) };

/** Init code of a contract whose code is the one byte 01. */
const INIT = fromHex("600160005360016000f3")!;
/** Code that returns what its slot 1 holds: PUSH1 1, SLOAD, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN. */
const READER = fromHex("6001545f5260205ff3")!;

// Types SPEC 9.3 and 11.4.
describe("a transaction that is bound to no chain", () => {
  it("deploys the CREATE2 factory on a group that allows it, on every member", async () => {
    const { members } = await startCluster(makeGenesis(keyed.slice(0, 4), { allowUnprotected: true, chargeGas: true }));
    const [first] = members;
    await first!.run(ethTx(admin, 0, { to: KEYLESS_SENDER, value: 10n ** 17n }));
    const { receipt } = (await first!.run(keyless))[0]!;
    expect([receipt.status, toHex(receipt.contractAddress!)]).toEqual([0, toHex(FACTORY)]);

    const salt = bigTo32(42n);
    const made = ethTx(admin, 1, { to: FACTORY, value: 0n, data: concatBytes(salt, INIT) });
    expect((await first!.run(made))[0]!.receipt.status).toBe(0);
    const address = create2Address(suite, FACTORY, salt, suite.hash(INIT));
    const height = await first!.height();
    for (const member of members) {
      await member.reaches(height);
      expect(await member.query.code(address, "latest")).toEqual({ ok: true, value: Uint8Array.of(1) });
    }
  });

  it("is refused by its own code where the genesis does not allow it", async () => {
    const { members } = await startCluster(makeGenesis(keyed.slice(0, 1)));
    const [outcome] = await members[0]!.query.submit([keyless.raw]);
    expect(outcome).toMatchObject({ ok: false, code: "TX_UNPROTECTED", message: expect.stringContaining("EIP-155") });
  });
});

// Types SPEC 11.1 and 11.2.
describe.each<StateType>(["storage", "mpt"])("a genesis with code and slots, state %s", (stateType) => {
  it("has them from block 0 on, in the state and in its root", async () => {
    const reader = account(50).address;
    const entry = { address: reader, balance: 5n, nonce: 1n, code: READER };
    const slots = [{ slot: bigTo32(1n), value: bigTo32(77n) }];
    const alloc = (of: object) =>
      [
        { address: admin.address, balance: 10n ** 18n },
        { ...entry, ...of },
      ].sort((a, b) => (toHex(a.address) < toHex(b.address) ? -1 : 1));
    const roots = new Set<string>();
    for (const of of [
      { slots },
      { slots: [] },
      { slots: [{ ...slots[0]!, value: bigTo32(78n) }] },
      { code: INIT, slots },
    ]) {
      const { members } = await startCluster(makeGenesis(keyed.slice(0, 1), { stateType, alloc: alloc(of) }));
      roots.add(toHex((await members[0]!.query.head()).header.stateRoot));
    }
    expect(roots.size).toBe(4);

    const { members } = await startCluster(makeGenesis(keyed.slice(0, 1), { stateType, alloc: alloc({ slots }) }));
    const [member] = members;
    expect(await member!.query.code(reader, "latest")).toEqual({ ok: true, value: READER });
    expect(await member!.query.storageAt(reader, bigTo32(1n), "latest")).toEqual({ ok: true, value: bigTo32(77n) });
    const { receipt } = (await member!.run(groupTx(admin, { to: reader })))[0]!;
    expect([receipt.status, toHex(receipt.output)]).toEqual([0, toHex(bigTo32(77n))]);
  });
});
