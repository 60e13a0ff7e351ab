import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { callTree, createTracingEvm, opcodeName, recordingView, structLogs, type TracingEvm } from "@fb/evm/tracing";
import { bigTo32, type CryptoSuite, type Evm, type EvmResult, toHex } from "@fb/types";
import { beforeAll, describe, expect, it } from "vitest";
import { ReferenceEngine } from "../src/reference/engine.ts";
import { describe as describeResult, FuzzHost } from "./fuzz/case.ts";
import { makeCase } from "./fuzz/make-case.ts";
import { Random } from "./fuzz/random.ts";
import { testHost } from "./support/host.ts";
import { CODE_ADDRESS, callMessage, worldWith } from "./support/run-code.ts";

const PROGRAMS = 300;
const STOP = 0;

describe("the tracing build", () => {
  let suite: CryptoSuite;
  let tracing: TracingEvm;
  let fast: Evm;
  beforeAll(async () => {
    suite = await createCryptoSuite();
    tracing = await createTracingEvm({ suite });
    fast = await createEvm({ suite });
  });

  it("SPEC 6.1: has the results of the ordinary build and the steps of @ethereumjs/evm, also when it waits for state", async () => {
    let unusable = 0;
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const { world, fork, message } = makeCase(new Random(seed));
      const expected: string[] = [];
      const reference = new ReferenceEngine(fork, 1n, suite.hash);
      reference.events.on("step", (step, next) => {
        if (step.opcode.code !== STOP) {
          const stack = step.stack.map(String).join();
          expected.push(`${step.pc} ${step.gasLeft} ${step.depth + 1} ${Number(step.memoryWordCount) * 32} ${stack}`);
        }
        next?.();
      });
      try {
        await reference.execute(message, new FuzzHost(world, fork, false), {});
      } catch (error) {
        // The library reads the data of a REVERT for its event before anybody paid for it.
        expect(error).toBeInstanceOf(RangeError);
        unusable++;
        continue;
      }
      const plain = new FuzzHost(world, fork, false);
      const result: EvmResult = await fast.execute(message, plain);
      for (const cold of [false, true]) {
        const host = new FuzzHost(world, fork, cold);
        const steps: string[] = [];
        const traced = await tracing.trace(message, host, {
          step(step) {
            if (step.op === STOP) return;
            steps.push(`${step.pc} ${step.gas} ${step.depth} ${step.memSize} ${step.stack().map(String).join()}`);
          },
        });
        expect(describeResult(traced, host.counter), `seed ${seed}`).toBe(describeResult(result, plain.counter));
        expect(steps, `seed ${seed}`).toEqual(expected);
      }
    }
    expect(unusable).toBeLessThan(PROGRAMS / 10);
  }, 120_000);

  it("collects structured logs, the call tree and the state before", async () => {
    // slot 0 = 7, then a call to itself with one byte of input, which stops.
    const code = Uint8Array.from(Buffer.from("3660115760075f555f5f60015f5f305af15b00", "hex"));
    const world = worldWith(code);
    const { view, prestate } = recordingView(world.view());
    const logs = structLogs({ maxSteps: 8 });
    const tree = callTree(10);
    const result = await tracing.trace(callMessage({ gas: 100_000n }), testHost(view, "cancun"), {
      step: (step) => logs.step!(step),
      enter(frame) {
        logs.enter!(frame);
        tree.enter!(frame);
      },
      exit(frame) {
        logs.exit!(frame);
        tree.exit!(frame);
      },
    });
    expect(result.error).toBeNull();
    expect(logs.steps.map(({ pc, gasCost }) => [pc, gasCost])).toEqual([
      [0, 2n],
      [1, 3n],
      [3, 10n],
      [4, 3n],
      [6, 2n],
      [7, 22_100n],
      [8, 2n],
      [9, 2n],
    ]);
    expect(logs.dropped).toBeGreaterThan(5);
    expect(tree.root).toMatchObject({ kind: "CALL", outcome: 0, gasUsed: result.gasUsed });
    expect(tree.root!.calls).toHaveLength(1);
    expect(tree.root!.calls[0]).toMatchObject({ kind: "CALL", from: CODE_ADDRESS, to: CODE_ADDRESS, outcome: 0 });
    expect([...prestate.accounts.keys()]).toContain(toHex(CODE_ADDRESS));
    expect([...prestate.slots.get(toHex(CODE_ADDRESS))!.keys()]).toEqual([toHex(bigTo32(0n))]);
  });

  it("SPEC 6.1: tells of calls and creations that open no frame", async () => {
    // A call and a creation that send 1 from an account that has nothing, then a call to itself.
    const code = Uint8Array.from(Buffer.from("5f5f5f5f600160ee6109c4f1505f5f6001f0505f5f5f5f5f305af100", "hex"));
    const tree = callTree(4000);
    const logs = structLogs({ maxSteps: 20 });
    const message = callMessage({ gas: 1n << 50n });
    const host = testHost(worldWith(code).view(), "cancun");
    const result = await tracing.trace(message, host, {
      step: (step) => logs.step!(step),
      enter(frame) {
        logs.enter!(frame);
        tree.enter!(frame);
      },
      exit(frame) {
        logs.exit!(frame);
        tree.exit!(frame);
      },
    });
    expect(result.gasUsed).toBe((await fast.execute(message, host)).gasUsed);
    const [call, creation, again] = tree.root!.calls;
    expect(call).toMatchObject({
      kind: "CALL",
      from: CODE_ADDRESS,
      value: 1n,
      outcome: 9,
      gas: 4800n,
      gasUsed: 0n,
      calls: [],
    });
    expect(toHex(call!.to)).toBe("00000000000000000000000000000000000000ee");
    expect(creation).toMatchObject({
      kind: "CREATE",
      from: CODE_ADDRESS,
      value: 1n,
      outcome: 9,
      gasUsed: 0n,
      calls: [],
    });
    // Cold account, value, new account, and the gas handed on, which comes back.
    expect(logs.steps.find(({ op }) => op === 0xf1)!.gasCost).toBe(2600n + 9000n + 25_000n + 2500n);
    let [node, depth] = [again, 0];
    for (; node !== undefined && node.outcome === 0; node = node.calls[2]) depth++;
    expect(depth).toBe(1024);
    expect(node).toMatchObject({ kind: "CALL", outcome: 16, gasUsed: 0n });
  });

  it("names opcodes", () => {
    const names = [0x00, 0x1e, 0x60, 0x7f, 0x8f, 0x90, 0xa4, 0xf5, 0x0c].map(opcodeName);
    expect(names).toEqual(["STOP", "CLZ", "PUSH1", "PUSH32", "DUP16", "SWAP1", "LOG4", "CREATE2", "INVALID"]);
  });

  it("refuses a tree beyond its bound", async () => {
    const code = Uint8Array.from(Buffer.from("5f5f5f5f5f305af100", "hex"));
    const running = tracing.trace(callMessage(), testHost(worldWith(code).view(), "cancun"), callTree(5));
    await expect(running).rejects.toMatchObject({ code: "TRACE_TOO_LARGE" });
  });
});
