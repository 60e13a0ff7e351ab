import { Worker } from "node:worker_threads";
import { createCryptoSuite } from "@fb/crypto";
import { compileEvmModule, createEvm } from "@fb/evm";
import { bigTo32, concatBytes, type Evm, toHex } from "@fb/types";
import { beforeAll, describe, expect, it } from "vitest";
import { addressOf } from "./fuzz/cast.ts";
import { testHost } from "./support/host.ts";
import { CODE_ADDRESS, callMessage, runCode, worldWith } from "./support/run-code.ts";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const FOREVER = bytes("5b 5f 56");
/** SLOAD(0) + 1 to memory, returned. */
const READS_SLOT = bytes("5f 54 6001 01 5f 52 6020 5f f3");

describe("the engine", () => {
  let evm: Evm;
  beforeAll(async () => {
    evm = await createEvm({ suite: await createCryptoSuite() });
  });

  it("SPEC 1.1, 1.2: answers at once when everything is in memory and with a promise otherwise", async () => {
    const world = worldWith(READS_SLOT);
    expect(evm.execute(callMessage(), testHost(world.view(), "cancun"))).not.toBeInstanceOf(Promise);
    const late = evm.execute(callMessage(), testHost(world.coldView(), "cancun"));
    expect(late).toBeInstanceOf(Promise);
    expect(toHex((await late).output)).toBe(toHex(bigTo32(1n)));
  });

  it("SPEC 1.3: keeps concurrent executions apart while they wait for state", async () => {
    const runs = Array.from({ length: 20 }, async (_, i) => {
      const world = worldWith(READS_SLOT);
      world.entries.get(toHex(CODE_ADDRESS))!.slots.set("0".repeat(64), bigTo32(BigInt(i)));
      return toHex((await evm.execute(callMessage(), testHost(world.coldView(), "cancun"))).output);
    });
    const expected = runs.map((_, i) => toHex(bigTo32(BigInt(i + 1))));
    expect(await Promise.all(runs)).toEqual(expected);
  });

  it("ends an endless loop when its gas is spent", async () => {
    const { error, gasUsed } = await runCode(evm, FOREVER, { gas: 30_000_000n });
    expect({ error, gasUsed }).toEqual({ error: "OUT_OF_GAS", gasUsed: 30_000_000n });
  });

  it("SPEC 1.6: rejects an aborted call, also in the middle of an endless loop", async () => {
    const limits = { signal: AbortSignal.abort() };
    await expect(runCode(evm, FOREVER, {}, limits)).rejects.toMatchObject({ code: "CALL_ABORTED" });
    const abort = new AbortController();
    const running = runCode(evm, FOREVER, { gas: 1n << 60n }, { signal: abort.signal });
    const { port1, port2 } = new MessageChannel();
    port1.once("message", () => {
      abort.abort();
      port1.close();
    });
    port2.postMessage(null);
    await expect(running).rejects.toMatchObject({ code: "CALL_ABORTED" });
  });

  it("SPEC 2.3: rejects a call that needs more memory than its limit, in one frame or in many", async () => {
    // MSTORE at 1 MB.
    const wide = bytes("5f 62100000 52 00");
    expect((await runCode(evm, wide)).error).toBeNull();
    await expect(runCode(evm, wide, {}, { memoryBytes: 1 << 20 })).rejects.toMatchObject({
      code: "CALL_MEMORY_EXCEEDED",
    });
    // 64 KB a frame, then itself again.
    const deep = bytes("5f 61ffe0 52 5f 5f 5f 5f 5f 30 5a f1 00");
    expect((await runCode(evm, deep)).error).toBeNull();
    await expect(runCode(evm, deep, {}, { memoryBytes: 1 << 20 })).rejects.toMatchObject({
      code: "CALL_MEMORY_EXCEEDED",
    });
    expect(toHex((await runCode(evm, READS_SLOT)).output)).toBe(toHex(bigTo32(1n)));
  });

  it("SPEC 1.3: rejects when the view breaks its promise, and passes on what the view rejects with", async () => {
    const view = { ...worldWith(READS_SLOT).view(), peekSlot: () => undefined };
    const broken = runCode(evm, READS_SLOT, {}, undefined, testHost(view, "cancun"));
    await expect(broken).rejects.toMatchObject({ code: "STATE_LOAD_BROKEN" });
    const failing = { ...view, load: () => Promise.reject(new RangeError("disk")) };
    await expect(runCode(evm, READS_SLOT, {}, undefined, testHost(failing, "cancun"))).rejects.toThrow("disk");
    const throwing = {
      ...view,
      peekSlot: () => {
        throw new RangeError("bug");
      },
    };
    await expect(runCode(evm, READS_SLOT, {}, undefined, testHost(throwing, "cancun"))).rejects.toThrow("bug");
    expect(toHex((await runCode(evm, READS_SLOT)).output)).toBe(toHex(bigTo32(1n)));
  });

  it("refuses messages that contradict themselves", async () => {
    const created = { createAddress: CODE_ADDRESS };
    await expect(runCode(evm, FOREVER, created)).rejects.toMatchObject({ code: "MESSAGE_INVALID" });
    await expect(runCode(evm, FOREVER, { to: null })).rejects.toMatchObject({ code: "MESSAGE_INVALID" });
    await expect(runCode(evm, FOREVER, { gas: 1n << 63n })).rejects.toMatchObject({ code: "GAS_OUT_OF_RANGE" });
  });

  it("SPEC 2.5: survives more code than its cache holds, within one execution and across", async () => {
    const count = 1700;
    // Calls the contracts 1..count, each 24 KB of JUMPDESTs; the counter goes through storage slot 0.
    const caller = bytes(
      `5b 5f 54 6001 01 80 5f 55 5f 5f 5f 5f 5f 85 62100000 01 62ffffff f1 50 61${count.toString(16).padStart(4, "0")} 11 5f 57 00`,
    );
    const world = worldWith(caller);
    const filler = new Uint8Array(24_576).fill(0x5b);
    for (let i = 1; i <= count; i++) {
      const code = filler.slice();
      code.set(concatBytes(Uint8Array.of(0x61, i >> 8, i & 255, 0x5f, 0x55, 0x00)), 24_000);
      world.put(addressOf(BigInt(i) + 0x10_0000n), { nonce: 1n, balance: 0n, code }, new Map());
    }
    for (let round = 0; round < 2; round++) {
      const result = await evm.execute(callMessage({ gas: 1_000_000_000n }), testHost(world.view(), "cancun"));
      expect(result.error).toBeNull();
      expect(result.changes.size).toBe(count + 1);
      const last = result.changes.get(toHex(addressOf(BigInt(count) + 0x10_0000n)))!;
      expect([...last.slots.values()].map(toHex)).toEqual([toHex(bigTo32(BigInt(count)))]);
    }
  });

  it("SPEC 5.1: runs code with more blocks than its tables number, as a genesis may hold", async () => {
    const count = 200_000;
    // Every JUMPDEST once, then a loop of two turns.
    const tail = bytes(`6002 5b 6001 90 03 80 62${(count + 2).toString(16).padStart(6, "0")} 57 00`);
    const code = concatBytes(new Uint8Array(count).fill(0x5b), tail);
    const { error, gasUsed } = await runCode(evm, code);
    expect({ error, gasUsed }).toEqual({ error: null, gasUsed: BigInt(count + 3 + 2 * (1 + 3 + 3 + 3 + 3 + 3 + 10)) });
    // The jump's target is the 5b inside the second PUSH1.
    const intoData = concatBytes(new Uint8Array(count).fill(0x5b), bytes("62030d46 56 605b 00"));
    expect((await runCode(evm, intoData)).error).toBe("INVALID_JUMP");
  });

  it("SPEC 2.6: forgets names of slots without mixing them up", async () => {
    // Writes i + 1 to slots keccak(i) for i below the calldata word.
    const code = bytes("5f 5b 80 5f 52 6001 01 80 6020 5f 20 55 80 5f 35 11 6001 57 00");
    for (let round = 0; round < 3; round++) {
      const data = bigTo32(9000n);
      const { error, changes } = await runCode(evm, code, { data, gas: 1_000_000_000n });
      expect(error).toBeNull();
      const { slots } = changes.get(toHex(CODE_ADDRESS))!;
      expect(slots.size).toBe(9000);
      expect(new Set([...slots.values()].map(toHex)).size).toBe(9000);
      const [key, value] = [...slots][8999]!;
      const suite = await createCryptoSuite();
      expect([key, toHex(value)]).toEqual([toHex(suite.hash(bigTo32(8999n))), toHex(bigTo32(9000n))]);
    }
  });

  it("runs in another thread from the same compiled module", async () => {
    const module = await compileEvmModule();
    const output = await new Promise<Uint8Array>((resolve, reject) => {
      const worker = new Worker(new URL("./support/module-worker.ts", import.meta.url), {
        workerData: { module, code: READS_SLOT },
        execArgv: ["--conditions=fb-source"],
      });
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    expect(toHex(output)).toBe(toHex(bigTo32(1n)));
  });
});
