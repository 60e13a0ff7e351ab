import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import type { Evm } from "@fb/types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FOLDERS, SKIPS } from "./lists.ts";
import { packedFolders, readPacked } from "./packed.ts";
import { runFile, type Tally } from "./runner.ts";

/** Cases of the snapshot in vectors/; a lost file shows here. */
const CASES = 10_402;

describe("official GeneralStateTests (Cancun)", () => {
  let evm: Evm;
  let cases = 0;
  const seen = new Set<string>();
  beforeAll(async () => {
    evm = await createEvm({ suite: await createCryptoSuite() });
  });

  for (const folder of packedFolders()) {
    it(
      folder,
      async () => {
        const tally: Tally = { passed: 0, skipped: 0, failures: [] };
        for (const { path, text } of readPacked(folder)) {
          seen.add(path);
          await runFile(evm, path, text, tally);
        }
        cases += tally.passed + tally.skipped;
        expect(tally.failures).toEqual([]);
      },
      120_000,
    );
  }

  afterAll(() => {
    expect(cases).toBe(CASES);
    expect([...SKIPS.keys()].filter((path) => !seen.has(path))).toEqual([]);
    expect(packedFolders().filter((folder) => !FOLDERS.has(folder))).toEqual([]);
  });
});
