import { createFakeClock } from "@fb/runtime/testing";
import { expect, it } from "vitest";
import { blockPrice, createBulkReads, HEADER_PRICE } from "./bulk-reads.ts";

const MIB = 1024 * 1024;

it("large reads have a part of the thread, in the order asked, and short ones do not wait for them", async () => {
  const clock = createFakeClock();
  const reads = createBulkReads(clock);
  const [begun, refused]: [number[], number[]] = [[], []];
  const ask = (i: number) =>
    void reads.room(blockPrice(4 * MIB)).then((busy) => (busy === null ? begun : refused).push(i));
  for (let i = 0; i < 60; i++) ask(i);
  await clock.advanceAsync(0);
  // 16 ms of the thread each: 200 at once, and as many as begin within 2 s at 100 a second.
  const atOnce = begun.length;
  expect(atOnce).toBeGreaterThan(10);
  expect(atOnce).toBeLessThan(15);
  expect(refused.length).toBeGreaterThan(30);
  expect(await reads.room(blockPrice(100 * 1024))).toBeNull();
  expect(await reads.room(HEADER_PRICE)).toBeNull();
  await clock.advanceAsync(1_000);
  expect(begun.length - atOnce).toBeGreaterThan(4);
  expect(begun.length - atOnce).toBeLessThan(8);
  await clock.advanceAsync(2_000);
  expect(begun.length + refused.length).toBe(60);
  expect(begun).toEqual(begun.map((_, i) => i));
  expect(await reads.room(blockPrice(4 * MIB))).toBeNull();
});
