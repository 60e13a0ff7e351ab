import { concatBytes, EMPTY, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { assemble, deployer } from "./assembler.ts";
import { address, CALLER, CONTRACT, codeHash, GAS, hexWord, OTHER, type RunFn, state, word } from "./fixture.ts";

const CREATED = address(0xc4ea7ed);
const RICH = 10n ** 18n;
const RUNTIME = assemble(1, 0, "MSTORE", 32, 0, "RETURN");
const create = { to: null, createAddress: CREATED } as const;

export function describeAccounts(run: RunFn): void {
  describe("value", () => {
    it("moves to an account that did not exist", async () => {
      const { result } = await run({ message: { to: OTHER, value: 7n } });
      expect(result).toMatchObject({ error: null, gasUsed: 0n, refund: 0n, output: EMPTY, logs: [] });
      expect([...result.changes.keys()].sort()).toEqual([toHex(OTHER), toHex(CALLER)].sort());
      expect(result.changes.get(toHex(OTHER))).toMatchObject({
        account: { nonce: 0n, balance: 7n },
        clearStorage: false,
        slots: new Map(),
      });
      expect(toHex(result.changes.get(toHex(OTHER))!.account!.codeHash)).toBe(codeHash(EMPTY));
      expect(result.changes.get(toHex(CALLER))!.account).toMatchObject({ nonce: 1n, balance: RICH - 7n });
    });

    it("of nothing creates nothing (EIP-161)", async () => {
      expect((await run({ message: { to: OTHER } })).result.changes.size).toBe(0);
    });

    it("to oneself changes nothing", async () => {
      expect((await run({ message: { to: CALLER, value: 5n } })).result.changes.size).toBe(0);
    });

    it("that leaves an account empty deletes it (EIP-161)", async () => {
      const accounts = state([CALLER, { balance: 9n }]);
      const { result } = await run({ accounts, message: { to: OTHER, value: 9n } });
      expect(result.changes.get(toHex(CALLER))).toEqual({ account: null, clearStorage: true, slots: new Map() });
    });

    it("that is not there is refused", async () => {
      const { result } = await run({ message: { to: OTHER, value: RICH + 1n } });
      expect(result).toMatchObject({ error: "INSUFFICIENT_BALANCE", gasUsed: GAS, output: EMPTY });
      expect(result.changes.size).toBe(0);
    });
  });

  describe("changes are net", () => {
    it("an account whose slots end as they began is not listed", async () => {
      const code = assemble(5, 1, "SSTORE", 1, 1, "SSTORE", 3, 3, "SSTORE", 0, 3, "SSTORE");
      const { result } = await run({ code, accounts: state([CONTRACT, { slots: { 1: 1 } }]) });
      expect(result.error).toBeNull();
      expect(result.changes.size).toBe(0);
    });

    it("lists changed slots, a cleared one as zero", async () => {
      const code = assemble(0, 1, "SSTORE", 7, 2, "SSTORE", 1, 3, "SSTORE");
      const { result } = await run({ code, accounts: state([CONTRACT, { slots: { 1: 1, 3: 1 } }]) });
      const change = result.changes.get(toHex(CONTRACT))!;
      expect(result.changes.size).toBe(1);
      expect(change).toMatchObject({ account: { nonce: 1n, balance: 0n }, clearStorage: false });
      expect(change.code).toBeUndefined();
      expect(new Map([...change.slots].sort())).toEqual(
        new Map([
          [hexWord(1), word(0)],
          [hexWord(2), word(7)],
        ]),
      );
    });
  });

  describe("creation", () => {
    it("puts code at the address it is told and leaves the caller's nonce alone", async () => {
      const { result } = await run({ message: { ...create, data: deployer(RUNTIME), value: 3n } });
      expect(result).toMatchObject({ error: null, output: EMPTY, refund: 0n });
      const change = result.changes.get(toHex(CREATED))!;
      expect(change).toMatchObject({ account: { nonce: 1n, balance: 3n }, clearStorage: false, slots: new Map() });
      expect(change.code).toEqual(RUNTIME);
      expect(toHex(change.account!.codeHash)).toBe(codeHash(RUNTIME));
      expect(result.changes.get(toHex(CALLER))!.account).toMatchObject({ nonce: 1n, balance: RICH - 3n });
      // PUSH x 5, CODECOPY (one word of code and of memory), RETURN, 200 per byte.
      expect(result.gasUsed).toBe(15n + 3n + 3n + 3n + 200n * BigInt(RUNTIME.length));
    });

    it("keeps a balance that was there before", async () => {
      const accounts = state([CREATED, { balance: 10n }]);
      const { result } = await run({ accounts, message: { ...create, data: deployer(RUNTIME), value: 1n } });
      expect(result.changes.get(toHex(CREATED))).toMatchObject({
        account: { nonce: 1n, balance: 11n },
        clearStorage: false,
      });
    });

    it("without code makes an account with nonce 1", async () => {
      for (const data of [EMPTY, assemble("STOP")]) {
        const { result } = await run({ message: { ...create, data } });
        const change = result.changes.get(toHex(CREATED))!;
        expect(change.account).toMatchObject({ nonce: 1n, balance: 0n });
        expect(change.code).toBeUndefined();
      }
    });

    it("runs init code with its own storage and sees itself warm", async () => {
      const data = assemble("ADDRESS", "BALANCE", "POP", 9, 1, "SSTORE");
      const { result } = await run({ message: { ...create, data } });
      expect(result.gasUsed).toBe(2n + 100n + 2n + 6n + 22_100n);
      expect(result.changes.get(toHex(CREATED))!.slots).toEqual(new Map([[hexWord(1), word(9)]]));
    });

    it.each([
      ["REVERT", assemble(0, 0, "REVERT"), 6n],
      ["INVALID_OPCODE", assemble("INVALID"), GAS],
      ["INVALID_CODE_PREFIX", deployer(Uint8Array.of(0xef, 0)), GAS],
      ["CODE_SIZE_LIMIT", assemble(24_577, 0, "RETURN"), GAS],
      ["INIT_CODE_SIZE_LIMIT", new Uint8Array(49_153), GAS],
      ["CODE_STORE_OUT_OF_GAS", assemble(24_000, 0, "RETURN"), GAS],
      ["OUT_OF_GAS", assemble(2n ** 40n, 0, "RETURN"), GAS],
    ] as const)("fails with %s", async (error, data, gasUsed) => {
      const { result } = await run({ message: { ...create, data } });
      expect(result).toMatchObject({ error, gasUsed, logs: [] });
      expect(result.changes.size).toBe(0);
    });

    it("takes the largest code there may be", async () => {
      const { result } = await run({ message: { ...create, data: assemble(24_576, 0, "RETURN"), gas: 6_000_000n } });
      expect(result.error).toBeNull();
      expect(result.changes.get(toHex(CREATED))!.code).toEqual(new Uint8Array(24_576));
    });

    it.each([
      ["nonce", { nonce: 1n }],
      ["code", { code: RUNTIME }],
    ])("collides with an account that has a %s", async (_, account) => {
      const { result } = await run({
        accounts: state([CREATED, account]),
        message: { ...create, data: deployer(RUNTIME) },
      });
      expect(result).toMatchObject({ error: "CREATE_COLLISION", gasUsed: GAS });
      expect(result.changes.size).toBe(0);
    });
  });

  describe("SELFDESTRUCT", () => {
    it("of an old contract moves its balance only (EIP-6780)", async () => {
      const accounts = state([CONTRACT, { balance: 4n, slots: { 1: 1 } }]);
      const { result } = await run({ code: assemble(OTHER, "SELFDESTRUCT"), accounts });
      expect(result.gasUsed).toBe(3n + 5_000n + 2_600n + 25_000n);
      expect(result.refund).toBe(0n);
      expect(result.changes.get(toHex(CONTRACT))).toMatchObject({
        account: { nonce: 1n, balance: 0n },
        clearStorage: false,
      });
      expect(result.changes.get(toHex(OTHER))!.account).toMatchObject({ balance: 4n });
    });

    it("of an old contract to itself keeps its balance", async () => {
      const { result } = await run({
        code: assemble("ADDRESS", "SELFDESTRUCT"),
        accounts: state([CONTRACT, { balance: 4n }]),
      });
      expect(result.error).toBeNull();
      expect(result.changes.size).toBe(0);
    });

    it("in the creating transaction leaves no trace", async () => {
      const data = assemble(5, 1, "SSTORE", CALLER, "SELFDESTRUCT");
      const { result } = await run({ message: { ...create, data } });
      expect(result.error).toBeNull();
      expect(result.changes.size).toBe(0);
    });

    it("in the creating transaction deletes an account that was there, with what it received", async () => {
      const data = assemble("ADDRESS", "SELFDESTRUCT");
      const { result } = await run({
        accounts: state([CREATED, { balance: 2n }]),
        message: { ...create, data, value: 3n },
      });
      expect(result.changes.get(toHex(CREATED))).toEqual({ account: null, clearStorage: true, slots: new Map() });
      expect(result.changes.get(toHex(CALLER))!.account).toMatchObject({ balance: RICH - 3n });
    });

    it("deleted every contract before Cancun", async () => {
      const accounts = state([CONTRACT, { balance: 4n, slots: { 1: 1 } }]);
      const code = concatBytes(assemble(5, 2, "SSTORE"), assemble(CALLER, "SELFDESTRUCT"));
      const { result } = await run({ code, accounts, fork: "shanghai" });
      expect(result.changes.get(toHex(CONTRACT))).toEqual({ account: null, clearStorage: true, slots: new Map() });
      expect(result.changes.get(toHex(CALLER))!.account).toMatchObject({ balance: RICH + 4n });
    });
  });
}
