import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { FOLDERS, filesOf, SKIPS } from "@fb/state-tests";
import type { Evm } from "@fb/types";
import { officialVectors } from "@fb/vectors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runFile, type Tally } from "./runner.ts";

/** Cases of the snapshot; a lost file shows here. */
const CASES = 10_402;

const official = officialVectors("ethereum-tests");
const root = official === null ? null : join(official, "GeneralStateTests");

describe.skipIf(root === null)("official GeneralStateTests (Cancun)", () => {
  const folders = root === null ? [] : readdirSync(root);
  let evm: Evm;
  let cases = 0;
  const seen = new Set<string>();
  beforeAll(async () => {
    evm = await createEvm({ suite: await createCryptoSuite() });
  });

  for (const folder of folders) {
    it(folder, async () => {
      const tally: Tally = { passed: 0, skipped: 0, failures: [] };
      for (const { path, text } of filesOf(join(root!, folder))) {
        seen.add(path);
        await runFile(evm, path, text, tally);
      }
      cases += tally.passed + tally.skipped;
      expect(tally.failures).toEqual([]);
    }, 120_000);
  }

  afterAll(() => {
    expect(cases).toBe(CASES);
    expect([...SKIPS.keys()].filter((path) => !seen.has(path))).toEqual([]);
    expect(folders.filter((folder) => !FOLDERS.has(folder))).toEqual([]);
  });
});
