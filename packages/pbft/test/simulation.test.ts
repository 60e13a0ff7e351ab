import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simulate } from "@fb/consensus/testing";
import { describe, expect, it } from "vitest";
import { pbftScriptEngine } from "./script-engine.ts";

const SEEDS = Number(process.env["FB_SEEDS"] ?? 500);
const FIRST = Number(process.env["FB_FIRST_SEED"] ?? 0);
const STEPS = 2500;
const faulty = (n: number) => Math.floor((n - 1) / 3);

describe("PBFT under crash, loss, reordering, duplication, partition and lies", () => {
  it(`agrees, keeps its promises and goes on after healing (${SEEDS} seeds from ${FIRST})`, {
    timeout: 3_600_000,
  }, () => {
    const engine = pbftScriptEngine();
    let heights = 0;
    let slowest = 0;
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const result = simulate(seed, engine, {
        steps: STEPS,
        maxByzantine: faulty,
        maxFaulty: faulty,
        changes: true,
        faults: ["loss", "hang", "execution", "inject"],
      });
      heights += result.chaosHeight;
      slowest = Math.max(slowest, result.healTicks);
      if (result.ok) continue;
      const dir = join(import.meta.dirname, "..", ".failures");
      mkdirSync(dir, { recursive: true });
      const file = join(dir, `seed-${seed}.txt`);
      writeFileSync(file, `# seed ${seed}: ${result.failure}\n${result.script.join("\n")}\n`);
      expect.fail(`seed ${seed}: ${result.failure}; script saved in ${file}`);
    }
    console.info(`heights decided in chaos: ${heights}, slowest healing: ${slowest} ticks`);
    // A simulation that decides nothing proves nothing.
    expect(heights).toBeGreaterThan(SEEDS * 2);
  });

  it("gives the same history for the same seed (consensus SPEC 1.1)", () => {
    const run = () => simulate(FIRST, pbftScriptEngine(), { steps: STEPS, maxByzantine: faulty, maxFaulty: faulty });
    expect(run()).toEqual(run());
  });
});
