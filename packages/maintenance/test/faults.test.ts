import { createSeededRng } from "@fb/runtime/testing";
import { TABLES } from "@fb/storage-amdb";
import { STATE_TYPES, type StateType } from "@fb/types";
import { describe, expect, it } from "vitest";
import { verifyStore } from "../src/index.ts";
import { faultCases, flipIn } from "./fault-cases.ts";
import { calm, makeChain, rowsOf, storeOf, suite } from "./fixture.ts";

const HEAD = 10;
const SEED = 11;

const chainOf = async (stateType: StateType) => {
  const { genesis, backend } = await makeChain(stateType);
  return { genesis, rows: await rowsOf(backend) };
};
const chains = { storage: await chainOf("storage"), mpt: await chainOf("mpt") };

/** What the group agreed on, but only execution tells (SPEC 1.6). */
const ONLY_EXECUTION_TELLS: readonly string[] = [TABLES.tableAccess, TABLES.consensus, TABLES.config];
/** The oldest rows of these may be gone (SPEC 1.6). */
const MAY_BE_PRUNED: readonly string[] = [TABLES.preImages, TABLES.stateRoots];

describe.each(STATE_TYPES)("in a store with state %s", (stateType) => {
  const { genesis, rows } = chains[stateType];
  const verify = async (altered: typeof rows) =>
    verifyStore({ genesis, roots: "all" }, { ...calm, backend: await storeOf(HEAD, altered), suite });

  it.each(faultCases(stateType))("$what is found (SPEC 1.2)", async ({ alter, code, table, height }) => {
    const { first } = await verify([...alter(rows)]);
    const expected = { code, table: expect.stringMatching(new RegExp(`^${table}`)) };
    expect(first).toContainEqual(expect.objectContaining(height === undefined ? expected : { ...expected, height }));
  });

  it("every row that is lost is missed (SPEC 1.2, 1.6)", async () => {
    const unnoticed: string[] = [];
    for (const lost of rows) {
      const { faults } = await verify(rows.filter((other) => other !== lost));
      if (faults === 0) unnoticed.push(lost.table);
    }
    expect([...ONLY_EXECUTION_TELLS, ...MAY_BE_PRUNED]).toEqual(expect.arrayContaining(unnoticed));
    const oldest = unnoticed.filter((table) => MAY_BE_PRUNED.includes(table));
    expect(oldest).toHaveLength(1);
  });

  it(`a random byte of every field is noticed, seed ${SEED} (SPEC 1.2, 1.6)`, async () => {
    const rng = createSeededRng(SEED);
    const unnoticed: string[] = [];
    for (const [index, { table, fields }] of rows.entries()) {
      for (const [field, { length }] of fields.entries()) {
        if (length === 0) continue;
        const byte = rng.below(length);
        const { faults } = await verify(flipIn(rows, index, field, byte));
        if (faults === 0) unnoticed.push(table);
      }
    }
    expect(ONLY_EXECUTION_TELLS).toEqual(expect.arrayContaining(unnoticed));
  });
});
