import { createCryptoSuite } from "@fb/crypto";
import { type CallKind, createTracingEvm, type TracingEvm } from "@fb/evm/tracing";
import { beforeAll, describe, expect, it } from "vitest";
import { FuzzHost } from "./case.ts";
import { makeCase } from "./make-case.ts";
import { arity, OPCODES } from "./opcodes.ts";
import { Random } from "./random.ts";
import { opEvent, witness } from "./witness.ts";

const PROGRAMS = 3000;
/** Outcomes of frames, SPEC 1.4 and 6.1, without a nonce that has come to its end. */
const OUTCOMES = Array.from({ length: 17 }, (_, i) => i);
const CALLS: readonly CallKind[] = ["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"];

describe(`${PROGRAMS} random programs`, () => {
  /** Programs in which something happened. */
  const seen = new Map<string, number>();
  let evm: TracingEvm;

  beforeAll(async () => {
    evm = await createTracingEvm({ suite: await createCryptoSuite() });
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const { world, fork, message } = makeCase(new Random(seed));
      const events = new Set<string>();
      await witness(evm, events).execute(message, new FuzzHost(world, fork, false));
      for (const event of events) seen.set(event, (seen.get(event) ?? 0) + 1);
    }
  }, 60_000);

  const programsWith = (event: string) => seen.get(event) ?? 0;

  it("run every operation", () => {
    expect(OPCODES.filter((name) => programsWith(opEvent(arity(name)[0])) < 5)).toEqual([]);
  });

  it("SPEC 1.4: end frames in every way", () => {
    expect(OUTCOMES.filter((outcome) => programsWith(`outcome ${outcome}`) === 0)).toEqual([]);
  });

  it("call delegated accounts, system contracts and what they made, in every way", () => {
    for (const callee of ["delegated", "system", "child"])
      expect(
        CALLS.filter((kind) => programsWith(`${kind} ${callee}`) < 10),
        callee,
      ).toEqual([]);
  });

  it("succeed often enough for their changes to be compared", () => {
    expect(programsWith("success")).toBeGreaterThan(0.4 * PROGRAMS);
    const effects = ["refund", "logs", "new code", "deleted account"];
    expect(effects.filter((effect) => programsWith(effect) < PROGRAMS / 200)).toEqual([]);
  });
});
