import { describe, expect, it } from "vitest";
import { createCostBudgets } from "./cost-budgets.ts";
import { createFakeClock } from "./testing/fake-clock.ts";

const setUp = () => {
  const clock = createFakeClock();
  return { clock, budgets: createCostBudgets<string>({ burstMs: 100, msPerSecond: 10, maxParties: 2 }, clock) };
};

describe("cost budgets", () => {
  it("let a burst through, then refuse until time has passed", () => {
    const { clock, budgets } = setUp();
    expect(budgets.charge("a", 99_000)).toBe(true);
    expect(budgets.charge("a", 11_000)).toBe(true);
    expect(budgets.charge("a", 1)).toBe(false);
    expect(budgets.waitMs("a")).toBeGreaterThan(900);
    clock.advance(1_100);
    expect(budgets.charge("a", 1)).toBe(true);
  });

  it("charge a refusal, and never more than a burst of debt", () => {
    const { clock, budgets } = setUp();
    budgets.charge("a", 100_000);
    for (let i = 0; i < 1_000; i++) expect(budgets.charge("a", 5_000)).toBe(false);
    expect(budgets.waitMs("a")).toBeLessThanOrEqual(10_600);
    clock.advance(10_600);
    expect(budgets.charge("a", 1)).toBe(true);
  });

  it("cost nothing for work that was useful", () => {
    const { budgets } = setUp();
    for (let i = 0; i < 1_000; i++) {
      expect(budgets.charge("a", 50_000)).toBe(true);
      budgets.refund("a", 50_000);
    }
  });

  it("keep parties apart", () => {
    const { budgets } = setUp();
    budgets.charge("a", 200_000);
    expect(budgets.charge("b", 1)).toBe(true);
    expect(budgets.waitMs("b")).toBe(0);
  });

  it("remember who was charged last", () => {
    const { budgets } = setUp();
    budgets.charge("a", 200_000);
    budgets.charge("b", 200_000);
    budgets.charge("a", 1);
    budgets.charge("c", 1);
    expect(budgets.waitMs("b")).toBe(0);
    expect(budgets.waitMs("a")).toBeGreaterThan(0);
  });
});
