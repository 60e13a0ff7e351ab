import { FbError, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { assemble, type Instruction, RETURN_TOP } from "./assembler.ts";
import { CALLER, CONTRACT, hexWord, OTHER, type RunFn, SYSTEM, SYSTEM_OP, state } from "./fixture.ts";

const ENDLESS = assemble("JUMPDEST", 0, "JUMP");
const HUGE_GAS = 10n ** 15n;

/** Loads, limits and concurrency: what has nothing to do with what programs compute. */
export function describeSuspension(run: RunFn): void {
  describe("suspension", () => {
    it("loads nothing when everything is in memory", async () => {
      const code = assemble(1, "SLOAD", OTHER, "BALANCE", "ADD", ...RETURN_TOP);
      const { view } = await run({ code, accounts: state([CONTRACT, { slots: { 1: 4 } }]) });
      expect(view.loads).toBe(0);
    });

    it("a load that fails rejects the execution, and the next one is unharmed", async () => {
      const failing = new FbError("STATE_NOT_KEPT", "gone");
      const code = assemble(1, "SLOAD", ...RETURN_TOP);
      await expect(run({ code, cold: true, loadError: failing })).rejects.toBe(failing);
      expect((await run({ code, cold: true })).result.error).toBeNull();
    });

    it("executions at the same time do not disturb each other", async () => {
      const program = (seed: number): Instruction[] => [
        seed,
        1,
        "SSTORE",
        seed,
        1,
        "TSTORE",
        ...Array.from({ length: 20 }, (_, i): Instruction[] => [i + 2, "SLOAD", "POP"]).flat(),
        1,
        "SLOAD",
        1,
        "TLOAD",
        "ADD",
        ...RETURN_TOP,
      ];
      const runs = Array.from({ length: 12 }, (_, i) => run({ code: assemble(...program(i + 1)), cold: i % 3 !== 0 }));
      for (const [i, { result }] of (await Promise.all(runs)).entries()) {
        expect(toHex(result.output)).toBe(hexWord(2 * (i + 1)));
        expect(result.changes.get(toHex(CONTRACT))!.slots.size).toBe(1);
      }
    });

    it("a system contract inside a suspended execution sees its own host", async () => {
      const runs = [1, 2, 3].map((value) =>
        run({
          message: { to: SYSTEM, data: Uint8Array.of(SYSTEM_OP.load, value, value + 10) },
          cold: true,
        }),
      );
      for (const [i, { result }] of (await Promise.all(runs)).entries()) {
        expect(result.output).toEqual(Uint8Array.of(101 + i, 111 + i));
      }
    });
  });

  describe("limits", () => {
    it("an aborted call ends with CALL_ABORTED", async () => {
      const controller = new AbortController();
      const call = run({
        code: ENDLESS,
        message: { gas: HUGE_GAS },
        limits: { signal: controller.signal },
      });
      setTimeout(() => controller.abort(), 20);
      await expect(call).rejects.toMatchObject({ code: "CALL_ABORTED" });
    });

    it("a call whose signal fired before does not start", async () => {
      const call = async () => run({ code: assemble("STOP"), limits: { signal: AbortSignal.abort() } });
      await expect(call()).rejects.toMatchObject({ code: "CALL_ABORTED" });
    });

    it("a call that needs too much memory ends with CALL_MEMORY_EXCEEDED", async () => {
      const grow = (bytes: number) =>
        run({
          code: assemble(bytes - 32, "MLOAD"),
          message: { gas: HUGE_GAS },
          limits: { memoryBytes: 2 ** 20 },
        });
      expect((await grow(2 ** 20)).result.error).toBeNull();
      await expect(grow(2 ** 20 + 32)).rejects.toMatchObject({ code: "CALL_MEMORY_EXCEEDED" });
    });

    it("memory counts over all live frames and is given back by frames that ended", async () => {
      const half = 2 ** 19;
      const inner = state([OTHER, { code: assemble(half - 32, "MLOAD", "STOP") }]);
      const call: Instruction[] = [0, 0, 0, 0, 0, OTHER, HUGE_GAS, "CALL", "POP"];
      const attempt = (memoryBytes: number) =>
        run({
          code: assemble(half - 32, "MLOAD", ...call, ...call, ...call),
          accounts: inner,
          message: { gas: HUGE_GAS },
          limits: { memoryBytes },
        });
      expect((await attempt(2 * half)).result.error).toBeNull();
      await expect(attempt(2 * half - 32)).rejects.toMatchObject({ code: "CALL_MEMORY_EXCEEDED" });
    });

    it("growth that gas cannot pay is lack of gas, not of memory", async () => {
      const { result } = await run({
        code: assemble(2n ** 30n, "MLOAD"),
        message: { caller: CALLER },
        limits: { memoryBytes: 2 ** 20 },
      });
      expect(result.error).toBe("OUT_OF_GAS");
    });
  });
}
