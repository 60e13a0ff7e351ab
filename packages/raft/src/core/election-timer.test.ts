import { describe, expect, it } from "vitest";
import { ElectionTimer } from "./election-timer.ts";

function wait(timer: ElectionTimer): number {
  for (let ticks = 1; ; ticks++) if (timer.tick()) return ticks;
}

describe("SPEC 3.1: election time-outs", () => {
  it("are uniform in [min, max], from the seed alone", () => {
    const counts = new Map<number, number>();
    const timers = [new ElectionTimer(10, 14, 1), new ElectionTimer(10, 14, 1)];
    for (let i = 0; i < 5000; i++) {
      const [a, b] = timers.map((timer) => wait(timer));
      expect(a).toBe(b);
      counts.set(a!, (counts.get(a!) ?? 0) + 1);
      for (const timer of timers) timer.restart();
    }
    expect([...counts.keys()].sort()).toEqual([10, 11, 12, 13, 14]);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it("differ between seeds", () => {
    const waits = (seed: number) => {
      const timer = new ElectionTimer(10, 40, seed);
      return Array.from({ length: 10 }, () => {
        timer.restart();
        return wait(timer);
      });
    };
    expect(waits(1)).not.toEqual(waits(2));
  });

  it("call a leader fresh for the shortest wait, whatever else restarts the timer", () => {
    const timer = new ElectionTimer(3, 5, 1);
    timer.heard();
    for (let i = 0; i < 2; i++) timer.tick();
    timer.restart();
    expect(timer.leaderIsFresh).toBe(true);
    timer.tick();
    expect(timer.leaderIsFresh).toBe(false);
    timer.heard();
    expect(timer.leaderIsFresh).toBe(true);
  });
});
