import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FaultKind, simulate } from "@fb/consensus/testing";
import { describe, expect, it } from "vitest";
import { changeLeaders } from "./leader-changes.ts";
import { raftScriptEngine } from "./script-engine.ts";

const SEEDS = Number(process.env["FB_SEEDS"] ?? 500);
const FIRST = Number(process.env["FB_FIRST_SEED"] ?? 0);
const STRIDE_SEEDS = SEEDS * 3;
const CONFIG = { minElectTicks: 3, maxElectTicks: 6, heartbeatTicks: 1, stallTicks: 12 };
const OPTIONS = {
  steps: 2500,
  maxByzantine: () => 0,
  maxFaulty: (n: number) => Math.floor((n - 1) / 2),
  lazyStore: false,
};

function fail(kind: string, seed: number, failure: string | null, script: readonly string[]): never {
  const dir = join(import.meta.dirname, "..", ".failures");
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${kind}-${seed}.txt`);
  writeFileSync(file, `# ${kind} seed ${seed}: ${failure}\n${script.join("\n")}\n`);
  expect.fail(`${kind} seed ${seed}: ${failure}; script saved in ${file}`);
}

const ALL_FAULTS: readonly FaultKind[] = ["loss", "hang", "execution", "inject"];

describe("Raft under crash, loss, reordering, duplication and partition (SPEC 9.1, 10.1)", () => {
  for (const faults of [[], ALL_FAULTS]) {
    const more = faults.length === 0 ? "" : ", also with lost disks, hanging jobs, refused blocks and unasked messages";
    it(`agrees, keeps its promises and goes on after healing${more} (${SEEDS} seeds from ${FIRST})`, {
      timeout: 3_600_000,
    }, () => {
      let heights = 0;
      let slowest = 0;
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        const engine = raftScriptEngine(CONFIG);
        const result = simulate(seed, engine, { ...OPTIONS, faults });
        heights += result.chaosHeight;
        slowest = Math.max(slowest, result.healTicks);
        if (!result.ok) fail(`simulation${faults.length}`, seed, result.failure, result.script);
      }
      console.info(`heights decided in chaos: ${heights}, slowest healing: ${slowest} ticks`);
      // A simulation that decides nothing proves nothing.
      expect(heights).toBeGreaterThan(SEEDS * 2);
    });
  }

  it("gives the same history for the same seed (consensus SPEC 1.1)", () => {
    const run = () => simulate(FIRST, raftScriptEngine(CONFIG), { ...OPTIONS, faults: ALL_FAULTS });
    expect(run()).toEqual(run());
  });

  for (const sealersChange of [false, true]) {
    const kind = sealersChange ? "sealer-changes" : "leader-changes";
    it(`keeps what was decided through ${kind} (${STRIDE_SEEDS} seeds from ${FIRST})`, { timeout: 3_600_000 }, () => {
      let heights = 0;
      let terms = 0;
      for (let seed = FIRST; seed < FIRST + STRIDE_SEEDS; seed++) {
        const { failure, script, height, term } = changeLeaders(seed, 300, sealersChange);
        heights += height;
        terms += term;
        if (failure !== null) fail(kind, seed, failure, script);
      }
      console.info(`heights decided: ${heights}, terms: ${terms}`);
      expect(terms).toBeGreaterThan(STRIDE_SEEDS * 5);
      expect(heights).toBeGreaterThan(STRIDE_SEEDS * 2);
    });
  }
});
