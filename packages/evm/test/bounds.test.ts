import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import type { Evm, PrecompileCall, PrecompileOutcome, TableLoad } from "@fb/types";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { LinearMemory } from "../src/engine/memory.ts";
import { Assembler } from "./fuzz/assembler.ts";
import { testHost } from "./support/host.ts";
import { runCode, worldWith } from "./support/run-code.ts";

const MEGABYTE = 1 << 20;
const SYSTEM = 0x1000;

/** Calls `target` with `size` bytes of memory and `gas`, `times` times or for ever. */
function calls(target: number, size: number, gas: number, times = Number.POSITIVE_INFINITY): Uint8Array {
  const asm = new Assembler();
  const call = () => {
    asm.push(0);
    asm.push(0);
    asm.push(size);
    asm.push(0);
    asm.push(target);
    asm.push(gas);
    asm.op("STATICCALL", "POP");
  };
  if (Number.isFinite(times)) {
    for (let i = 0; i < times; i++) call();
  } else {
    const top = asm.mark();
    call();
    asm.push(1);
    asm.jumpBack(top);
  }
  return asm.code();
}

function blake2f(rounds: number): Uint8Array {
  const asm = new Assembler();
  asm.push(BigInt(rounds) << 224n);
  asm.push(0);
  asm.op("MSTORE");
  asm.push(0);
  asm.push(0);
  asm.push(213);
  asm.push(0);
  asm.push(9);
  asm.op("GAS", "STATICCALL");
  return asm.code();
}

function hashing(size: number): Uint8Array {
  const asm = new Assembler();
  const top = asm.mark();
  for (let i = 0; i < 100; i++) {
    asm.push(size);
    asm.push(0);
    asm.op("KECCAK256", "POP");
  }
  asm.push(1);
  asm.jumpBack(top);
  return asm.code();
}

describe("the bounds of the engine", () => {
  let evm: Evm;
  beforeAll(async () => {
    evm = await createEvm({ suite: await createCryptoSuite() });
  });

  const precompiles = [...Array.from({ length: 0x11 }, (_, i) => i + 1), 0x100];
  it.each(precompiles)("reads what a call gives to precompile %i where it lies", async (target) => {
    const slice = vi.spyOn(LinearMemory.prototype, "slice");
    // Neither a call that cannot pay nor one that fails on such an input pays for a copy of it.
    for (const gas of [0, 10_000]) await runCode(evm, calls(target, MEGABYTE, gas, 3));
    const copied = slice.mock.calls.reduce((sum, [, size]) => sum + size, 0);
    slice.mockRestore();
    expect(copied).toBeLessThan(2_000);
  });

  it("copies what a call gives to a system contract only when the contract looks at it", async () => {
    const world = worldWith(calls(SYSTEM, MEGABYTE, 10_000, 3));
    const seen: number[] = [];
    const host = {
      ...testHost(world.view(), "cancun"),
      isSystemContract: (address: string) => Number.parseInt(address, 16) === SYSTEM,
      savepoint: () => 0,
      // biome-ignore lint/correctness/useYield: nothing to load
      *callSystemContract(call: PrecompileCall): Generator<readonly TableLoad[], PrecompileOutcome, void> {
        seen.push(call.inputSize);
        const isLast = seen.length === 3;
        return { error: null, gasUsed: 700n, output: isLast ? call.input : new Uint8Array(0), logs: [] };
      },
    };
    const slice = vi.spyOn(LinearMemory.prototype, "slice");
    await runCode(evm, calls(SYSTEM, MEGABYTE, 10_000, 3), {}, undefined, host);
    const large = slice.mock.calls.filter(([, size]) => size === MEGABYTE).length;
    slice.mockRestore();
    expect({ seen, large }).toEqual({ seen: [MEGABYTE, MEGABYTE, MEGABYTE], large: 1 });
  });

  it("gives a read-only call a bounded amount of memory for everything it must remember", async () => {
    const asm = new Assembler();
    const top = asm.mark();
    for (let i = 0; i < 100; i++) {
      asm.push(1);
      asm.op("GAS", "TSTORE");
    }
    asm.push(1);
    asm.jumpBack(top);
    const limits = { memoryBytes: MEGABYTE };
    const running = runCode(evm, asm.code(), { gas: 200_000_000n }, limits);
    await expect(running).rejects.toMatchObject({ code: "CALL_MEMORY_EXCEEDED" });
    expect((await runCode(evm, asm.code(), { gas: 2_000_000n }, limits)).error).toBe("OUT_OF_GAS");
  });

  it.each([
    ["that the host computes", calls(2, MEGABYTE, 1_000_000, 1), 400_000],
    ["inside the module", blake2f(400_000), 400_000],
  ])("refuses a precompile %s when it costs more than a call may spend on one", async (_, code, price) => {
    const run = (precompileGas: number) => runCode(evm, code, {}, { precompileGas });
    expect((await run(price * 2)).error).toBeNull();
    await expect(run(price / 2)).rejects.toMatchObject({ code: "CALL_PRECOMPILE_EXCEEDED" });
    expect((await runCode(evm, code)).error).toBeNull();
  });

  it.each([
    ["of calls to nobody", calls(0xdead, 0, 100_000)],
    ["of calls to a precompile", calls(2, 2_048, 1_000_000)],
    ["of calls to a precompile inside the module", calls(4, 2_048, 1_000_000)],
    ["that hashes", hashing(10_000)],
  ])("lets an abort end an endless loop %s", async (_, code) => {
    const abort = new AbortController();
    const running = runCode(evm, code, { gas: 2_000_000_000n }, { signal: abort.signal });
    setImmediate(() => abort.abort());
    await expect(running).rejects.toMatchObject({ code: "CALL_ABORTED" });
  });
});
