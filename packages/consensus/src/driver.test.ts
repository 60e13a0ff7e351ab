import { createCryptoSuite } from "@fb/crypto";
import { createFakeClock } from "@fb/runtime/testing";
import type { Block, CryptoSuite } from "@fb/types";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CoreEffect, type CoreInput, TAKE } from "./core/machine.ts";
import { createConsensusEngine } from "./driver.ts";
import type { EngineProtocol } from "./engine-protocol.ts";
import { TestGroup } from "./testing/test-group.ts";

type Input = CoreInput<number, Block>;
type Effect = CoreEffect<number, never, Block>;

let suite: CryptoSuite;
let group: TestGroup;
beforeAll(async () => {
  suite = await createCryptoSuite();
});
afterEach(async () => {
  await group.close();
});

/** A group of one whose machine does what the test says and remembers what it was told. */
async function startScripted(react: (input: Input) => readonly Effect[] = () => []) {
  const inputs: Input[] = [];
  const clock = createFakeClock();
  const protocol: EngineProtocol<number, never, number> = {
    type: "pbft",
    tickMs: 100,
    roundOf: () => null,
    codec: {
      encodeMessage: ({ msg }) => Uint8Array.of(msg),
      openMessage: ([msg]) => ({ heading: msg!, signatureCount: 0, read: () => ({ msg: msg!, signatures: [] }) }),
      digests: () => [],
      encodeRecord: () => new Uint8Array(0),
      decodeRecord: () => null,
      liveRecords: () => [],
    },
    createMachine: () => ({
      screen: () => TAKE,
      step: (input) => {
        inputs.push(input);
        return react(input);
      },
      view: () => ({ role: "leader", round: 0, height: 1, leader: null }),
    }),
  };
  group = new TestGroup({
    sealers: 1,
    type: "pbft",
    suite,
    clock,
    create: (journalDir, deps, files) =>
      createConsensusEngine({ journalDir, minBlockIntervalMs: 0, settleBlocks: 0 }, deps, protocol, files),
  });
  await group.startAll();
  await clock.advanceAsync(0);
  return { clock, inputs, node: group.nodes[0]! };
}

const seal: Effect = { type: "seal", height: 1, round: 0, parent: "", sealer: 0 };

describe("driver", () => {
  it("tells the machine first whether anything is pending (SPEC 1.2), then of time, ticks never two in a row", async () => {
    const { clock, inputs } = await startScripted();
    expect(inputs).toEqual([{ type: "pending", pending: false }]);
    clock.advance(10_000);
    await clock.advanceAsync(0);
    expect(inputs.slice(1)).toEqual([{ type: "tick" }]);
    await clock.advanceAsync(300);
    expect(inputs.slice(2)).toHaveLength(3);
  });

  it("halts once, and tells nothing more, when the machine throws (SPEC 1.3, 2.6)", async () => {
    const { clock, inputs, node } = await startScripted((input) => {
      if (input.type === "tick") throw new RangeError("a bug of ours");
      return [];
    });
    await clock.advanceAsync(1000);
    expect(inputs.map(({ type }) => type)).toEqual(["pending", "tick"]);
    expect(node.halts).toEqual([{ code: "INVARIANT_BROKEN", message: "a bug of ours" }]);
    expect(node.engine!.status()).toMatchObject({ role: "halted", haltedBy: "INVARIANT_BROKEN" });
  });

  it("executes one proposal at a time, in order, and answers with its id (SPEC 2.4)", async () => {
    const started: number[] = [];
    let running = 0;
    const { clock, inputs, node } = await startScripted((input) => {
      if (input.type === "pending" && input.pending) return [{ ...seal, parent: hashOfHead() }];
      if (input.type !== "proposal") return [];
      const execute = (key: string): Effect => ({ type: "execute", key, proposal: input.proposal, fresh: true });
      return [execute("a"), execute("b"), execute("c")];
    });
    const hashOfHead = () => Buffer.from(node.chain.genesisHash).toString("hex");
    const { execute } = node.chain;
    node.chain.execute = async (block) => {
      running += 1;
      started.push(running);
      await null;
      const result = await execute.call(node.chain, block);
      running -= 1;
      return result;
    };
    group.submit(1);
    await clock.advanceAsync(1000);
    expect(inputs.flatMap((input) => (input.type === "executed" ? [input.key] : []))).toEqual(["a", "b", "c"]);
    expect(started).toEqual([1, 1, 1]);
  });
});
