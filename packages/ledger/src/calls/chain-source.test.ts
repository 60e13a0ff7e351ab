import type { Blockchain } from "@fb/blockchain";
import { createFakeClock } from "@fb/runtime/testing";
import type { StateMiss, StateView } from "@fb/types";
import { expect, it } from "vitest";
import { ChainSource } from "./chain-source.ts";

/** A state of which nothing is in memory until it is loaded. */
function coldView(loads: number[]): StateView {
  let loaded = new Set<string>();
  return {
    height: 1,
    peekAccount: () => undefined,
    peekSlot: (_address, slot) => (loaded.has(slot) ? new Uint8Array(32).fill(1) : undefined),
    peekCode: () => undefined,
    async load(misses) {
      loads.push(misses.length);
      loaded = new Set(misses.map((miss) => (miss.type === "slot" ? miss.slot : "")));
    },
  };
}

it("calls that read a hundred thousand slots get their share of the thread, a slice at a time", async () => {
  const clock = createFakeClock();
  const loads: number[] = [];
  const view = coldView(loads);
  const chain = { stateView: () => view } as Partial<Blockchain> as Blockchain;
  const source = new ChainSource({ chain, tables: { load: async () => [] }, clock });
  const misses = Array.from(
    { length: 100_000 },
    (_, i): StateMiss => ({ type: "slot", address: "a", slot: String(i).padStart(64, "0") }),
  );
  let isDone = false;
  const reading = source.state(1, misses).then((values) => {
    isDone = true;
    return values;
  });
  const read = () => loads.reduce((sum, count) => sum + count, 0);
  await clock.advanceAsync(0);
  const atOnce = read();
  expect(atOnce).toBeLessThan(2_500);
  for (let second = 1; second <= 3; second++) {
    await clock.advanceAsync(1_000);
    expect(read()).toBeLessThan(atOnce + second * 3_100);
    expect(read()).toBeGreaterThan(atOnce + second * 2_000);
  }
  expect(Math.max(...loads)).toBeLessThanOrEqual(64);
  while (!isDone) await clock.advanceAsync(10_000);
  expect(await reading).toHaveLength(100_000);
});
