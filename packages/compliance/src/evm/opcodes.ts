import { EMPTY, type EvmErrorCode, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { assemble, type Instruction, RETURN_TOP, RETURN_TOP_GAS } from "./assembler.ts";
import {
  address,
  BLOCK,
  CALLER,
  COINBASE,
  CONTRACT,
  GAS,
  hexWord,
  OTHER,
  type RunFn,
  SYSTEM,
  state,
  word,
} from "./fixture.ts";

const COLD_ACCOUNT = 2_600n;
const COLD_SLOT = 2_100n;
const WARM = 100n;

/** One instruction, what it must leave on the stack, what it costs. */
const ENVIRONMENT: readonly (readonly [Instruction, string, bigint])[] = [
  ["ADDRESS", hexWord(0xc0de), 2n],
  ["CALLER", hexWord(0xca11e4), 2n],
  ["ORIGIN", hexWord(0xca11e4), 2n],
  ["CALLVALUE", hexWord(5), 2n],
  ["CALLDATASIZE", hexWord(3), 2n],
  ["GASPRICE", hexWord(7), 2n],
  ["COINBASE", hexWord(0xc014ba5e), 2n],
  ["TIMESTAMP", hexWord(1_700_000_000), 2n],
  ["NUMBER", hexWord(1_000), 2n],
  ["PREVRANDAO", toHex(BLOCK.prevRandao), 2n],
  ["GASLIMIT", hexWord(300_000_000), 2n],
  ["CHAINID", hexWord(65_537), 2n],
  ["BASEFEE", hexWord(0), 2n],
  ["BLOBBASEFEE", hexWord(1), 2n],
  ["SELFBALANCE", hexWord(5), 5n],
  ["CODESIZE", hexWord(9), 2n],
  ["GAS", hexWord(GAS - 2n), 2n],
];

/** What follows ten bytes of harmless program. */
const FAILURES: readonly (readonly [EvmErrorCode, readonly Instruction[]])[] = [
  ["INVALID_OPCODE", ["INVALID"]],
  ["STACK_UNDERFLOW", ["POP"]],
  ["STACK_OVERFLOW", Array.from({ length: 1_025 }, () => 1)],
  ["INVALID_JUMP", [1, "JUMP"]],
  ["INVALID_JUMP", [3, "JUMP", Uint8Array.of(0x5b)]],
  ["OUT_OF_GAS", [2n ** 64n, "MLOAD"]],
  ["OUT_OF_GAS", ["JUMPDEST", 10, "JUMP"]],
  ["RETURN_DATA_OUT_OF_BOUNDS", [1, 0, 0, "RETURNDATACOPY"]],
];

export function describeOpcodes(run: RunFn): void {
  describe("environment and gas", () => {
    it.each(ENVIRONMENT)("%s", async (instruction, expected, gas) => {
      const message = { value: 5n, data: new Uint8Array(3), gasPrice: 7n };
      const { result } = await run({ code: assemble(instruction, ...RETURN_TOP), message });
      expect(result.error).toBeNull();
      expect(toHex(result.output)).toBe(expected);
      expect(result.gasUsed).toBe(gas + RETURN_TOP_GAS);
    });

    it("BLOCKHASH reaches 256 blocks back", async () => {
      const seen = async (number: number) =>
        toHex((await run({ code: assemble(number, "BLOCKHASH", ...RETURN_TOP) })).result.output);
      expect(await seen(999)).toBe(toHex(BLOCK.blockHash(999)!));
      expect(await seen(744)).toBe(toHex(BLOCK.blockHash(744)!));
      for (const number of [743, 1_000, 1_001]) expect(await seen(number)).toBe(hexWord(0));
    });

    it.each(FAILURES)("%s takes all gas and leaves nothing", async (error, program) => {
      const { result } = await run({ code: assemble(1, 1, "SSTORE", 0, 0, "LOG0", ...program) });
      expect(result).toMatchObject({ error, gasUsed: GAS, refund: 0n, output: EMPTY, logs: [] });
      expect(result.changes.size).toBe(0);
    });

    it("a static message may not write", async () => {
      const { result } = await run({ code: assemble(1, 1, "SSTORE"), message: { isStatic: true } });
      expect(result).toMatchObject({ error: "STATIC_VIOLATION", gasUsed: GAS });
    });

    it("REVERT keeps unused gas and its data", async () => {
      const code = assemble(1, 1, "SSTORE", 0x2a, 0, "MSTORE", 32, 0, "REVERT");
      const { result } = await run({ code });
      expect(result).toMatchObject({ error: "REVERT", gasUsed: 22_124n, refund: 0n, logs: [] });
      expect(toHex(result.output)).toBe(hexWord(0x2a));
      expect(result.changes.size).toBe(0);
    });

    it("cold and warm accounts", async () => {
      const balanceOf = async (at: Uint8Array) =>
        (await run({ code: assemble(at, "BALANCE", "POP", at, "BALANCE", "POP") })).result.gasUsed - 10n;
      expect(await balanceOf(OTHER)).toBe(COLD_ACCOUNT + WARM);
      for (const at of [CALLER, CONTRACT, COINBASE, SYSTEM, address(1), address(0x0a)]) {
        expect(await balanceOf(at)).toBe(2n * WARM);
      }
    });

    it("an access list warms what it names", async () => {
      const code = assemble(1, "SLOAD", 2, "SLOAD", OTHER, "BALANCE");
      const accessList = [
        { address: CONTRACT, slots: [word(1)] },
        { address: OTHER, slots: [] },
      ];
      expect((await run({ code, message: { accessList } })).result.gasUsed).toBe(9n + WARM + COLD_SLOT + WARM);
      expect((await run({ code })).result.gasUsed).toBe(9n + 2n * COLD_SLOT + COLD_ACCOUNT);
    });

    it.each([
      ["zero to one", { 1: 0 }, [1], 22_100n, 0n],
      ["one to two", { 1: 1 }, [2], 5_000n, 0n],
      ["one to zero", { 1: 1 }, [0], 5_000n, 4_800n],
      ["no change", { 1: 1 }, [1], 2_200n, 0n],
      ["zero to one to zero", { 1: 0 }, [1, 0], 22_200n, 19_900n],
      ["one to two to one", { 1: 1 }, [2, 1], 5_100n, 2_800n],
      ["one to zero to one", { 1: 1 }, [0, 1], 5_100n, 2_800n],
      ["one to zero to two", { 1: 1 }, [0, 2], 5_100n, 0n],
    ] as const)("SSTORE %s", async (_, before, values, gas, refund) => {
      const code = assemble(...values.flatMap((value): Instruction[] => [value, 1, "SSTORE"]));
      const { result } = await run({ code, accounts: state([CONTRACT, { slots: before }]) });
      expect(result.gasUsed).toBe(gas + 6n * BigInt(values.length));
      expect(result.refund).toBe(refund);
    });

    it("SSTORE needs more than the stipend left", async () => {
      const attempt = (gas: bigint) =>
        run({ code: assemble(1, 1, "SSTORE"), accounts: state([CONTRACT, { slots: { 1: 1 } }]), message: { gas } });
      expect((await attempt(2_306n)).result.error).toBe("OUT_OF_GAS");
      expect((await attempt(2_307n)).result.error).toBeNull();
    });

    it("MCOPY and PUSH0", async () => {
      const code = assemble(0x2a, "PUSH0", "MSTORE", 32, "PUSH0", 64, "MCOPY", 32, 64, "RETURN");
      const { result } = await run({ code });
      expect(toHex(result.output)).toBe(hexWord(0x2a));
      expect(result.gasUsed).toBe(3n + 2n + 3n + 3n + 3n + 2n + 3n + 3n + 3n + 6n + 6n);
    });

    it("logs keep their order, topics and data", async () => {
      const code = assemble(0xaa, 0, "MSTORE8", 1, 0, "LOG0", 4, 3, 2, 1, 0, 0, "LOG4");
      const { result } = await run({ code });
      expect(result.logs).toEqual([
        { address: CONTRACT, topics: [], data: Uint8Array.of(0xaa) },
        { address: CONTRACT, topics: [word(1), word(2), word(3), word(4)], data: EMPTY },
      ]);
      expect(result.gasUsed).toBe(6n + 6n + 6n + 375n + 8n + 18n + 375n * 5n);
    });
  });
}
