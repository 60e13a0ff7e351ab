import { concatBytes, contractAddress, create2Address, EMPTY, toHex } from "@fb/types";
import { nobleSuite } from "@fb/types/testing";
import { describe, expect, it } from "vitest";
import { assemble, deployer, type Instruction, type Mnemonic, RETURN_TOP } from "./assembler.ts";
import { address, CALLER, CONTRACT, GAS, hexWord, OTHER, type RunFn, state, word } from "./fixture.ts";

const RUNTIME = assemble("STOP");
const ALL_GAS = 2n ** 64n;

/** Calls `to` with all gas and no data; leaves the success flag. */
function call(kind: Mnemonic, to: Uint8Array, value?: number, gas: bigint = ALL_GAS): Instruction[] {
  const hasValue = kind === "CALL" || kind === "CALLCODE";
  return [0, 0, 0, 0, ...(hasValue ? [value ?? 0] : []), to, gas, kind];
}

/** Puts up to 32 bytes of init code into memory and creates; leaves the address. */
function creation(init: Uint8Array, salt?: number, value = 0): Instruction[] {
  const padded = concatBytes(init, new Uint8Array(32 - init.length));
  const rest: Instruction[] = salt === undefined ? ["CREATE"] : ["CREATE2"];
  return [padded, 0, "MSTORE", ...(salt === undefined ? [] : [salt]), init.length, 0, value, ...rest];
}

const writeSlot = (slot: number, value: number): Instruction[] => [value, slot, "SSTORE"];

export function describeFrames(run: RunFn): void {
  describe("calls", () => {
    it("a reverted call is undone, its data and the caller's writes stay", async () => {
      const inner = assemble(...writeSlot(1, 9), 0, 0, "LOG0", 0x2a, 0, "MSTORE", 32, 0, "REVERT");
      const outer = assemble(
        ...call("CALL", OTHER),
        ...writeSlot(2, 5),
        "POP",
        32,
        0,
        0,
        "RETURNDATACOPY",
        32,
        0,
        "RETURN",
      );
      const { result } = await run({ code: outer, accounts: state([OTHER, { code: inner }]) });
      expect(result.error).toBeNull();
      expect(toHex(result.output)).toBe(hexWord(0x2a));
      expect(result.logs).toEqual([]);
      expect([...result.changes.keys()]).toEqual([toHex(CONTRACT)]);
      expect(result.changes.get(toHex(CONTRACT))!.slots).toEqual(new Map([[hexWord(2), word(5)]]));
    });

    it("a failed call takes the gas it was given, and its refunds go", async () => {
      const inner = assemble(...writeSlot(1, 0), "INVALID");
      const outer = assemble(...call("CALL", OTHER, 0, 10_000n), ...RETURN_TOP);
      const { result } = await run({ code: outer, accounts: state([OTHER, { code: inner, slots: { 1: 1 } }]) });
      expect(toHex(result.output)).toBe(hexWord(0));
      expect(result.gasUsed).toBe(21n + 2_600n + 10_000n + 15n);
      expect(result.refund).toBe(0n);
    });

    it("a call keeps back a 64th", async () => {
      const { result } = await run({
        code: assemble(...call("CALL", OTHER), "POP", 32, 0, 0, "RETURNDATACOPY", 32, 0, "RETURN"),
        accounts: state([OTHER, { code: assemble("GAS", ...RETURN_TOP) }]),
      });
      const left = GAS - 21n - 2_600n;
      expect(BigInt(`0x${toHex(result.output)}`)).toBe(left - left / 64n - 2n);
    });

    it("value makes new accounts, brings a stipend and costs", async () => {
      const accounts = state([CONTRACT, { balance: 10n }]);
      const code = assemble(...call("CALL", OTHER, 1, 0n), ...RETURN_TOP);
      const { result } = await run({ code, accounts });
      expect(toHex(result.output)).toBe(hexWord(1));
      // The stipend comes back unused.
      expect(result.gasUsed).toBe(21n + 2_600n + 9_000n + 25_000n - 2_300n + 15n);
      expect(result.changes.get(toHex(OTHER))!.account).toMatchObject({ balance: 1n });
      expect(result.changes.get(toHex(CONTRACT))!.account).toMatchObject({ balance: 9n });
    });

    it("a call for more than the balance fails without touching anything", async () => {
      const { result } = await run({ code: assemble(...call("CALL", OTHER, 1, 0n), ...RETURN_TOP) });
      expect(toHex(result.output)).toBe(hexWord(0));
      expect(result.changes.size).toBe(0);
    });

    it("DELEGATECALL and CALLCODE write the caller's storage", async () => {
      const library = assemble("CALLER", 1, "SSTORE", "CALLVALUE", 2, "SSTORE", "ADDRESS", 3, "SSTORE");
      const at = async (kind: Mnemonic) => {
        const { result } = await run({
          code: assemble(...call(kind, OTHER)),
          accounts: state([OTHER, { code: library }]),
          message: { value: 6n },
        });
        expect([...result.changes.keys()]).not.toContain(toHex(OTHER));
        return result.changes.get(toHex(CONTRACT))!.slots;
      };
      const self = word(BigInt(`0x${toHex(CONTRACT)}`));
      const origin = word(BigInt(`0x${toHex(CALLER)}`));
      expect(await at("DELEGATECALL")).toEqual(
        new Map([
          [hexWord(1), origin],
          [hexWord(2), word(6)],
          [hexWord(3), self],
        ]),
      );
      expect(await at("CALLCODE")).toEqual(
        new Map([
          [hexWord(1), self],
          [hexWord(3), self],
        ]),
      );
    });

    it.each<[string, readonly Instruction[]]>([
      ["SSTORE", writeSlot(1, 1)],
      ["LOG0", [0, 0, "LOG0"]],
      ["TSTORE", [1, 1, "TSTORE"]],
      ["CREATE", [0, 0, 0, "CREATE"]],
      ["SELFDESTRUCT", [0, "SELFDESTRUCT"]],
      ["a call with value", call("CALL", CALLER, 1)],
    ])("STATICCALL refuses %s, also one call deeper", async (_, program) => {
      const middle = address(0x33);
      const code = assemble(...call("STATICCALL", middle), ...RETURN_TOP);
      const accounts = state(
        [middle, { code: assemble(...call("CALL", OTHER), ...RETURN_TOP) }],
        [OTHER, { code: assemble(...program), balance: 5n }],
      );
      const { result } = await run({ code, accounts });
      expect(result.error).toBeNull();
      expect(toHex(result.output)).toBe(hexWord(1));
      expect(result.changes.size).toBe(0);
      expect(result.logs).toEqual([]);
    });

    it("a contract that calls itself stops at the gas, not at the stack", async () => {
      const code = assemble(0, 0, 0, 0, 0, "ADDRESS", "GAS", "CALL");
      const { result } = await run({ code, message: { gas: 10_000_000n } });
      expect(result.error).toBeNull();
    });

    it("the 1,025th frame is refused", async () => {
      // Slot 0 counts the frames that were entered.
      const code = assemble(1, 0, "SLOAD", "ADD", 0, "SSTORE", 0, 0, 0, 0, 0, "ADDRESS", "GAS", "CALL");
      const { result } = await run({ code, message: { gas: 10n ** 15n } });
      expect(result.changes.get(toHex(CONTRACT))!.slots).toEqual(new Map([[hexWord(0), word(1_025)]]));
    });
  });

  describe("nested creation", () => {
    it("CREATE uses and raises the creator's nonce, also when it fails", async () => {
      const code = assemble(...creation(assemble("INVALID")), "POP", ...creation(deployer(RUNTIME)), ...RETURN_TOP);
      const { result } = await run({ code, accounts: state([CONTRACT, { nonce: 5n }]), message: { gas: 10_000_000n } });
      const created = contractAddress(nobleSuite, CONTRACT, 6n);
      expect(toHex(result.output).slice(24)).toBe(toHex(created));
      expect(result.changes.get(toHex(CONTRACT))!.account).toMatchObject({ nonce: 7n });
      expect(result.changes.get(toHex(created))).toMatchObject({ account: { nonce: 1n }, code: RUNTIME });
    });

    it("CREATE2 depends on salt and code, and collides the second time", async () => {
      const init = deployer(RUNTIME);
      const code = assemble(...creation(init, 9, 2), ...creation(init, 9), 32, "MSTORE", 0, "MSTORE", 64, 0, "RETURN");
      const { result } = await run({
        code,
        accounts: state([CONTRACT, { balance: 2n }]),
        message: { gas: 10_000_000n },
      });
      const created = create2Address(nobleSuite, CONTRACT, word(9), nobleSuite.hash(init));
      expect(toHex(result.output.subarray(12, 32))).toBe(toHex(created));
      expect(toHex(result.output.subarray(32))).toBe(hexWord(0));
      expect(result.changes.get(toHex(created))).toMatchObject({ account: { nonce: 1n, balance: 2n }, code: RUNTIME });
      expect(result.changes.get(toHex(CONTRACT))!.account).toMatchObject({ nonce: 3n });
    });

    it("a reverting creation returns its data and undoes its value", async () => {
      const init = assemble(0x2a, 0, "MSTORE", 32, 0, "REVERT");
      const code = assemble(...creation(init, undefined, 1), "POP", 32, 0, 0, "RETURNDATACOPY", 32, 0, "RETURN");
      const { result } = await run({ code, accounts: state([CONTRACT, { balance: 2n }]) });
      expect(toHex(result.output)).toBe(hexWord(0x2a));
      expect(result.changes.get(toHex(CONTRACT))!.account).toMatchObject({ nonce: 2n, balance: 2n });
      expect(result.changes.size).toBe(1);
    });

    it("a contract made and destroyed inside a transaction leaves its creator's nonce only", async () => {
      const code = assemble(...creation(assemble(CALLER, "SELFDESTRUCT"), undefined, 1));
      const { result } = await run({ code, accounts: state([CONTRACT, { balance: 1n }]) });
      expect([...result.changes.keys()].sort()).toEqual([toHex(CALLER), toHex(CONTRACT)].sort());
    });
  });

  describe("transient storage", () => {
    it("is shared by the calls of a transaction, undone with them and gone afterwards", async () => {
      const library = assemble(7, 1, "TSTORE", 0, 0, "REVERT");
      const code = assemble(
        1,
        "TLOAD",
        0,
        "MSTORE",
        5,
        1,
        "TSTORE",
        ...call("DELEGATECALL", OTHER),
        "POP",
        1,
        "TLOAD",
        32,
        "MSTORE",
        64,
        0,
        "RETURN",
      );
      const accounts = state([OTHER, { code: library }]);
      for (let i = 0; i < 2; i++) {
        const { result } = await run({ code, accounts });
        expect(toHex(result.output)).toBe(hexWord(0) + hexWord(5));
        expect(result.changes.size).toBe(0);
      }
    });
  });

  describe("logs", () => {
    it("of calls come in order of execution, without those of failed calls", async () => {
      const log = (topic: number): Instruction[] => [topic, 0, 0, "LOG1"];
      const failing = address(0x33);
      const code = assemble(...log(1), ...call("CALL", OTHER), ...call("CALL", failing, 0, 5_000n), ...log(3));
      const accounts = state(
        [OTHER, { code: assemble(...log(2)) }],
        [failing, { code: assemble(...log(9), "INVALID") }],
      );
      const { result } = await run({ code, accounts });
      expect(result.logs).toEqual([
        { address: CONTRACT, topics: [word(1)], data: EMPTY },
        { address: OTHER, topics: [word(2)], data: EMPTY },
        { address: CONTRACT, topics: [word(3)], data: EMPTY },
      ]);
    });
  });
}
