import { expect, it } from "vitest";
import { createFakeClock } from "./testing/fake-clock.ts";
import { createThrottle } from "./throttle.ts";

it("lets each party through once in its time, and forgets who passed least recently", () => {
  const clock = createFakeClock();
  const throttle = createThrottle<string>(1_000, 2, clock);
  expect([throttle.passes("a"), throttle.passes("a"), throttle.passes("b")]).toEqual([true, false, true]);
  clock.advance(999);
  expect(throttle.passes("a")).toBe(false);
  clock.advance(1);
  expect([throttle.passes("a"), throttle.passes("a")]).toEqual([true, false]);
  expect(throttle.passes("c")).toBe(true);
  expect([throttle.passes("a"), throttle.passes("b")]).toEqual([false, true]);
});
