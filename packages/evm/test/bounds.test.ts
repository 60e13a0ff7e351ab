import { createCryptoSuite } from "@fb/crypto";
import { compileEvmModule, createEvm } from "@fb/evm";
import type { Evm, PrecompileCall, PrecompileOutcome, TableLoad } from "@fb/types";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { EngineInstance } from "../src/engine/instance.ts";
import { LinearMemory } from "../src/engine/memory.ts";
import { createPrecompiles } from "../src/precompiles/index.ts";
import { Assembler } from "./fuzz/assembler.ts";
import { addressOf } from "./fuzz/cast.ts";
import { testHost } from "./support/host.ts";
import { callMessage, runCode, worldWith } from "./support/run-code.ts";

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

/** Writes for ever to transient slots that were never written. */
const TRANSIENT_WRITES = transientWrites();

function transientWrites(): Uint8Array {
  const asm = new Assembler();
  const top = asm.mark();
  for (let i = 0; i < 100; i++) {
    asm.push(1);
    asm.op("GAS", "TSTORE");
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
  it.each(precompiles)("SPEC 1.7: reads what a call gives to precompile %i where it lies", async (target) => {
    const slice = vi.spyOn(LinearMemory.prototype, "slice");
    // Neither a call that cannot pay nor one that fails on such an input pays for a copy of it.
    for (const gas of [0, 10_000]) {
      const code = calls(target, MEGABYTE, gas, 3);
      await runCode(evm, code, {}, undefined, testHost(worldWith(code).view(), "osaka"));
    }
    const copied = slice.mock.calls.reduce((sum, [, size]) => sum + size, 0);
    slice.mockRestore();
    expect(copied).toBeLessThan(2_000);
  });

  it("SPEC 1.7: copies what a call gives to a system contract only when the contract looks at it", async () => {
    const code = calls(SYSTEM, MEGABYTE, 10_000, 3);
    const seen: number[] = [];
    const host = {
      ...testHost(worldWith(code).view(), "cancun"),
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
    await runCode(evm, code, {}, undefined, host);
    const large = slice.mock.calls.filter(([, size]) => size === MEGABYTE).length;
    slice.mockRestore();
    expect({ seen, large }).toEqual({ seen: [MEGABYTE, MEGABYTE, MEGABYTE], large: 1 });
  });

  it("SPEC 2.5: prepares the code of a contract once, however many others are called by turns", async () => {
    const [count, rounds, first] = [200, 3, 0x10000];
    const asm = new Assembler();
    asm.push(0);
    const top = asm.mark();
    for (let i = 0; i < 4; i++) asm.push(0);
    asm.dup(5);
    asm.push(count);
    asm.swap(1);
    asm.op("MOD");
    asm.push(first);
    asm.op("ADD", "GAS", "STATICCALL", "POP");
    asm.push(1);
    asm.op("ADD");
    asm.dup(1);
    asm.push(count * rounds);
    asm.op("GT");
    asm.jumpBack(top);
    const world = worldWith(asm.code());
    for (let i = 0; i < count; i++) {
      const code = new Uint8Array(24_576).fill(0x5b);
      code.set([0x00, i]);
      world.put(addressOf(BigInt(first + i)), { nonce: 1n, balance: 0n, code }, new Map());
    }
    const view = world.view();
    const peekCode = vi.spyOn(view, "peekCode");
    const { error } = await runCode(evm, asm.code(), {}, undefined, testHost(view, "cancun"));
    expect({ error, loaded: peekCode.mock.calls.length }).toEqual({ error: null, loaded: count + 1 });
  });

  it("SPEC 2.4: spends at most two bytes for a unit of gas", async () => {
    const instance = new EngineInstance(await compileEvmModule(), createPrecompiles(await createCryptoSuite()));
    const host = testHost(worldWith(TRANSIENT_WRITES).view(), "cancun");
    instance.begin(callMessage({ gas: 30_000_000n }), host, undefined);
    expect(instance.run()).toBeNull();
    expect(instance.memoryBytes).toBeLessThan(60_000_000);
  });

  it("SPEC 2.3: gives a read-only call a bounded amount of memory for everything it must remember", async () => {
    const limits = { memoryBytes: MEGABYTE };
    const running = runCode(evm, TRANSIENT_WRITES, { gas: 200_000_000n }, limits);
    await expect(running).rejects.toMatchObject({ code: "CALL_MEMORY_EXCEEDED" });
    expect((await runCode(evm, TRANSIENT_WRITES, { gas: 2_000_000n }, limits)).error).toBe("OUT_OF_GAS");
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
