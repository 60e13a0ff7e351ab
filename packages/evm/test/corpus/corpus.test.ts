import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createTracingEvm } from "@fb/evm/tracing";
import { bytesToBig, type CryptoSuite, EMPTY, type Evm, toHex } from "@fb/types";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { beforeAll, describe, expect, it } from "vitest";
import { arity, OPCODES } from "../fuzz/opcodes.ts";
import { opEvent, witness } from "../fuzz/witness.ts";
import { MAKERS } from "../precompiles/inputs.ts";
import { outcomeOf, transactionType } from "./case.ts";
import { corpusLines } from "./file.ts";
import { readCase } from "./text.ts";

/** PUSH1 to PUSH32, DUP and SWAP 1 to 16, LOG0 to LOG4. */
const NUMBERED = [
  [0x60, 0x9f],
  [0xa0, 0xa4],
].flatMap(([first, last]) => Array.from({ length: last! - first! + 1 }, (_, i) => first! + i));
const KZG = 0x0a;
/** Digest of no output. */
const NOTHING = toHex(keccak_256(EMPTY));

describe("the frozen corpus", () => {
  const cases = corpusLines().map(readCase);
  let suite: CryptoSuite;
  let evm: Evm;
  beforeAll(async () => {
    suite = await createCryptoSuite();
    evm = await createEvm({ suite });
  });

  it("SPEC 3.1, 3.2: comes to what the reference engine said, with everything in memory and with nothing", async () => {
    for (const [i, { test, post }] of cases.entries()) {
      expect(await outcomeOf(evm, test), `line ${i + 1}`).toEqual(post);
      expect(await outcomeOf(evm, test, (world) => world.coldView()), `line ${i + 1}, suspended`).toEqual(post);
    }
  });

  it("has every operation", async () => {
    const events = new Set<string>();
    const noting = witness(await createTracingEvm({ suite }), events);
    for (const { test } of cases) await outcomeOf(noting, test);
    const all = [...OPCODES.map((name) => arity(name)[0]), ...NUMBERED];
    expect(all.filter((op) => !events.has(opEvent(op)))).toEqual([]);
  });

  it("has every precompile, answering", () => {
    const answering = cases.filter(({ post }) => post.error === null && post.output !== NOTHING);
    const called = new Set(answering.map(({ test: { tx } }) => (tx.to === null ? 0 : Number(bytesToBig(tx.to)))));
    expect([...MAKERS.keys(), KZG].filter((number) => !called.has(number))).toEqual([]);
  });

  it("has every type of transaction, calling and creating", () => {
    const kinds = new Set(
      cases.map(({ test: { tx } }) => `${transactionType(tx)} ${tx.to === null ? "creates" : "calls"}`),
    );
    const all = ["0 calls", "0 creates", "1 calls", "1 creates", "2 calls", "2 creates", "3 calls"];
    expect(all.filter((kind) => !kinds.has(kind))).toEqual([]);
  });
});
