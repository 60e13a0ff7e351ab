import { createFakeClock } from "@fb/runtime/testing";
import { expect, it } from "vitest";
import { blockPrice, createBulkReads, HEADER_PRICE } from "./bulk-reads.ts";

const MIB = 1024 * 1024;

it("large reads have a part of the thread, in the order asked, and short ones do not wait for them", async () => {
  const clock = createFakeClock();
  const reads = createBulkReads(clock);
  const done: number[] = [];
  for (let i = 0; i < 60; i++) void reads.room(blockPrice(4 * MIB)).then(() => done.push(i));
  await clock.advanceAsync(0);
  const atOnce = done.length;
  expect(atOnce).toBeLessThanOrEqual(14);
  await reads.room(blockPrice(100 * 1024));
  await reads.room(HEADER_PRICE);
  // 16 ms of the thread each, of which a second has 100.
  await clock.advanceAsync(5_000);
  expect(done.length - atOnce).toBeGreaterThan(25);
  expect(done.length - atOnce).toBeLessThan(35);
  expect(done).toEqual(done.map((_, i) => i));
});
