import { concatBytes, EMPTY, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { assemble, type Instruction, type Mnemonic, RETURN_TOP } from "./assembler.ts";
import {
  address,
  CALLER,
  CONTRACT,
  codeHash,
  GAS,
  hexWord,
  OTHER,
  type RunFn,
  SYSTEM,
  SYSTEM_CALL_GAS,
  SYSTEM_OBJECT,
  SYSTEM_OP,
  state,
  word,
} from "./fixture.ts";

/** Calls the system contract with up to 32 bytes of input; leaves the success flag. */
function systemCall(kind: Mnemonic, input: readonly number[], value = 0, gas = 100_000n): Instruction[] {
  const padded = concatBytes(Uint8Array.from(input), new Uint8Array(32 - input.length));
  const values: Instruction[] = kind === "CALL" || kind === "CALLCODE" ? [value] : [];
  return [padded, 0, "MSTORE", 0, 0, input.length, 0, ...values, SYSTEM, gas, kind];
}

const RETURN_DATA: readonly Instruction[] = ["RETURNDATASIZE", 0, 0, "RETURNDATACOPY", "RETURNDATASIZE", 0, "RETURN"];
const argument = (...values: readonly number[]) => Uint8Array.from(values);

export function describeSystemContracts(run: RunFn): void {
  describe("system contracts", () => {
    it("answer a message", async () => {
      const { result } = await run({ message: { to: SYSTEM, data: argument(SYSTEM_OP.echo, 1, 2) } });
      expect(result).toMatchObject({ error: null, gasUsed: SYSTEM_CALL_GAS, output: argument(1, 2) });
      expect(result.changes.size).toBe(0);
    });

    it("answer a contract", async () => {
      const code = assemble(...systemCall("CALL", [SYSTEM_OP.echo, 9]), "POP", ...RETURN_DATA);
      const { result } = await run({ code });
      expect(result.output).toEqual(argument(9));
      // 9 pushes of 3, MSTORE with one word, warm call, POP, then the return of one word.
      expect(result.gasUsed).toBe(27n + 6n + 100n + SYSTEM_CALL_GAS + 2n + (2n + 6n + 3n + 3n) + (2n + 3n));
    });

    it("are warm from the beginning where there are few of them, and cold where there may be any number", async () => {
      const lookTwiceAt = async (at: Uint8Array) =>
        (await run({ code: assemble(at, "BALANCE", at, "BALANCE", "STOP") })).result.gasUsed;
      expect(await lookTwiceAt(SYSTEM)).toBe(6n + 100n + 100n);
      expect(await lookTwiceAt(SYSTEM_OBJECT)).toBe(6n + 2_600n + 100n);
    });

    it("get the rows they yield", async () => {
      const { result, host } = await run({ message: { to: SYSTEM, data: argument(SYSTEM_OP.load, 1, 2, 1) } });
      expect(result.output).toEqual(argument(101, 102, 101));
      expect(host.tableLoads).toBe(2);
    });

    it("are told how they were reached", async () => {
      const { result } = await run({ message: { to: SYSTEM, data: argument(SYSTEM_OP.describe), value: 4n } });
      const caller = toHex(word(BigInt(`0x${toHex(CALLER)}`)));
      expect(toHex(result.output)).toBe(caller + caller + hexWord(4) + hexWord(0) + hexWord(0));
      const reached = async (kind: Mnemonic) => {
        const code = assemble(...systemCall(kind, [SYSTEM_OP.describe]), "POP", ...RETURN_DATA);
        const output = toHex((await run({ code })).result.output);
        return [output.slice(0, 64), output.slice(192, 256), output.slice(256)];
      };
      const contract = toHex(word(BigInt(`0x${toHex(CONTRACT)}`)));
      expect(await reached("CALL")).toEqual([contract, hexWord(0), hexWord(0)]);
      expect(await reached("STATICCALL")).toEqual([contract, hexWord(1), hexWord(0)]);
      expect((await reached("CALLCODE"))[2]).toBe(hexWord(1));
      expect((await reached("DELEGATECALL"))[2]).toBe(hexWord(1));
    });

    it("log like contracts", async () => {
      const code = assemble(1, 0, 0, "LOG1", ...systemCall("CALL", [SYSTEM_OP.write, 5]), 2, 0, 0, "LOG1");
      const { result } = await run({ code });
      expect(result.logs).toEqual([
        { address: CONTRACT, topics: [word(1)], data: EMPTY },
        { address: SYSTEM, topics: [word(7)], data: argument(5) },
        { address: CONTRACT, topics: [word(2)], data: EMPTY },
      ]);
    });

    it("that fail undo their writes and any value they were sent", async () => {
      const code = assemble(
        ...systemCall("CALL", [SYSTEM_OP.write, 1]),
        ...systemCall("CALL", [SYSTEM_OP.writeAndRevert, 2], 3),
        "POP",
        ...RETURN_DATA,
      );
      const { result, host } = await run({ code, accounts: state([CONTRACT, { balance: 3n }]) });
      expect(result.error).toBeNull();
      expect(result.output).toEqual(argument(2));
      expect(host.written).toEqual([argument(1)]);
      expect(result.changes.size).toBe(0);
    });

    it.each([
      ["outOfGas", "OUT_OF_GAS"],
      ["fail", "PRECOMPILE_FAILED"],
    ] as const)("that end in %s cost all gas of the call", async (op, error) => {
      const data = argument(SYSTEM_OP[op]);
      expect((await run({ message: { to: SYSTEM, data } })).result).toMatchObject({
        error,
        gasUsed: GAS,
        output: EMPTY,
      });
      const code = assemble(...systemCall("CALL", [SYSTEM_OP[op]], 0, 5_000n), ...RETURN_TOP);
      const { result } = await run({ code });
      expect(toHex(result.output)).toBe(hexWord(0));
      expect(result.gasUsed).toBeGreaterThan(5_000n);
      expect(result.gasUsed).toBeLessThan(6_000n);
    });

    it("that revert a message keep its unused gas", async () => {
      const { result, host } = await run({ message: { to: SYSTEM, data: argument(SYSTEM_OP.writeAndRevert, 8) } });
      expect(result).toMatchObject({ error: "REVERT", gasUsed: SYSTEM_CALL_GAS, output: argument(8), logs: [] });
      expect(host.written).toEqual([]);
    });

    it("share the savepoints of the frames around them", async () => {
      const inner = assemble(...systemCall("CALL", [SYSTEM_OP.write, 2]), 1, 1, "SSTORE", 0, 0, "REVERT");
      const code = assemble(
        ...systemCall("CALL", [SYSTEM_OP.write, 1]),
        0,
        0,
        0,
        0,
        0,
        OTHER,
        200_000n,
        "CALL",
        ...systemCall("CALL", [SYSTEM_OP.write, 3]),
        "POP",
        ...RETURN_DATA,
      );
      const { result, host } = await run({ code, accounts: state([OTHER, { code: inner }]) });
      expect(host.written).toEqual([argument(1), argument(3)]);
      expect(toHex(result.output)).toBe(hexWord(2));
      expect(result.logs.map((log) => log.data)).toEqual([argument(1), argument(3)]);
    });

    it("are undone when the transaction fails after them, also out of init code", async () => {
      const program = assemble(...systemCall("CALL", [SYSTEM_OP.write, 1]), "INVALID");
      expect((await run({ code: program })).host.written).toEqual([]);
      const message = { to: null, createAddress: address(0xc4ea7ed), data: program };
      expect((await run({ message })).host.written).toEqual([]);
    });

    it("look like contracts with one byte of code", async () => {
      const code = assemble(
        SYSTEM,
        "EXTCODESIZE",
        0,
        "MSTORE",
        SYSTEM,
        "EXTCODEHASH",
        32,
        "MSTORE",
        32,
        0,
        64,
        SYSTEM,
        "EXTCODECOPY",
        96,
        0,
        "RETURN",
      );
      const { result } = await run({ code });
      expect(toHex(result.output)).toBe(`${hexWord(1)}${codeHash(argument(0xfe))}fe${"00".repeat(31)}`);
      expect(result.changes.size).toBe(0);
    });

    it("keep a balance that reached them without a call", async () => {
      const code = assemble(SYSTEM, "SELFDESTRUCT");
      const { result } = await run({ code, accounts: state([CONTRACT, { balance: 6n }]) });
      expect(result.gasUsed).toBe(3n + 5_000n);
      const change = result.changes.get(toHex(SYSTEM))!;
      expect(change.account).toMatchObject({ nonce: 0n, balance: 6n });
      expect(toHex(change.account!.codeHash)).toBe(codeHash(EMPTY));
      expect(change.code).toBeUndefined();
    });
  });
}
