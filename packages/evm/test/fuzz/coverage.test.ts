import { createCryptoSuite } from "@fb/crypto";
import { type CallKind, createTracingEvm, type TracingEvm } from "@fb/evm/tracing";
import { type Hex, toHex } from "@fb/types";
import { beforeAll, describe, expect, it } from "vitest";
import { FuzzHost } from "./case.ts";
import { AUTHORITIES, addressOf, CHILDREN, SYSTEM } from "./cast.ts";
import { makeCase } from "./make-case.ts";
import { arity, OPCODES } from "./opcodes.ts";
import { Random } from "./random.ts";

const PROGRAMS = 3000;
const PRAGUE_ON: ReadonlySet<string> = new Set(["prague", "osaka"]);
/** Outcomes of frames, SPEC 1.4 and 6.1, without a nonce that has come to its end. */
const OUTCOMES = Array.from({ length: 17 }, (_, i) => i);
const CALLS: readonly CallKind[] = ["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"];

describe(`${PROGRAMS} random programs`, () => {
  /** Programs in which something happened. */
  const seen = new Map<string, number>();
  let evm: TracingEvm;

  beforeAll(async () => {
    evm = await createTracingEvm({ suite: await createCryptoSuite() });
    for (let seed = 1; seed <= PROGRAMS; seed++)
      for (const event of await eventsOf(seed)) seen.set(event, (seen.get(event) ?? 0) + 1);
  }, 60_000);

  async function eventsOf(seed: number): Promise<ReadonlySet<string>> {
    const { world, fork, message } = makeCase(new Random(seed));
    const events = new Set<string>();
    const operations = new Set<number>();
    const follows = PRAGUE_ON.has(fork);
    const { error, changes, refund, logs } = await evm.trace(message, new FuzzHost(world, fork, false), {
      step: ({ op }) => operations.add(op),
      exit: ({ outcome }) => events.add(`outcome ${outcome}`),
      enter({ kind, to }) {
        events.add(`${kind} ${NAMES.get(toHex(to)) ?? "other"}`);
        if (follows && AUTHORITIES.some((account) => toHex(addressOf(account)) === toHex(to)))
          events.add(`${kind} delegated`);
      },
    });
    for (const op of operations) events.add(`op ${op}`);
    events.add(error === null ? "success" : "failure");
    if (refund > 0n) events.add("refund");
    if (logs.length > 0) events.add("logs");
    for (const { account, code } of changes.values()) {
      if (account === null) events.add("deleted account");
      if (code !== undefined) events.add("new code");
    }
    return events;
  }

  const programsWith = (event: string) => seen.get(event) ?? 0;

  it("run every operation", () => {
    expect(OPCODES.filter((name) => programsWith(`op ${arity(name)[0]}`) < 5)).toEqual([]);
  });

  it("end frames in every way", () => {
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

const NAMES: ReadonlyMap<Hex, string> = new Map([
  [toHex(addressOf(SYSTEM)), "system"],
  ...CHILDREN.map((child): [Hex, string] => [toHex(addressOf(child)), "child"]),
]);
