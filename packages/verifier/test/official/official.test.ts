import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { filesOf, SKIPS, type StateTestFile } from "@fb/state-tests";
import { STATE_TYPES, type StateType } from "@fb/types";
import { officialVectors } from "@fb/vectors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Rig, runCase } from "./run.ts";

/** Cases of the snapshot; a lost file shows here. */
const PASSED = 10_000;
/** Cases that mean something else on this chain, by the rule that makes the difference. */
const DIFFERENT = {
  "blob transactions are refused before they are a transaction": 378,
  "a gas limit above 2^53 is cut": 15,
  "a gas limit above the block's is cut, not refused": 1,
  "the base fee is 0": 4,
};

const official = officialVectors("ethereum-tests");
const root = official === null ? null : join(official, "GeneralStateTests");

describe.skipIf(root === null).each(STATE_TYPES)(
  "official GeneralStateTests (Cancun) over state-%s",
  (type: StateType) => {
    const folders = root === null ? [] : readdirSync(root);
    const different = new Map<string, number>();
    let passed = 0;
    let rig: Rig;
    beforeAll(async () => {
      const suite = await createCryptoSuite();
      rig = { suite, evm: await createEvm({ suite }) };
    });

    for (const folder of folders) {
      it(folder, async () => {
        const failures: string[] = [];
        for (const { path, text } of filesOf(join(root!, folder))) {
          if (SKIPS.has(path)) continue;
          for (const [name, test] of Object.entries(JSON.parse(text) as StateTestFile)) {
            for (const [index, expected] of (test.post["Cancun"] ?? []).entries()) {
              const outcome = await runCase(rig, type, test, expected);
              if (outcome.type === "failed") failures.push(`${path} ${name}[${index}]: ${outcome.reason}`);
              else if (outcome.type === "passed") passed++;
              else different.set(outcome.rule, (different.get(outcome.rule) ?? 0) + 1);
            }
          }
        }
        expect(failures).toEqual([]);
      }, 120_000);
    }

    afterAll(() => {
      expect({ passed, different: Object.fromEntries(different) }).toEqual({ passed: PASSED, different: DIFFERENT });
    });
  },
);
