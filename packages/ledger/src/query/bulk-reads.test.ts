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

it("who leaves gives its place to those behind it, and its part of the thread", async () => {
  const clock = createFakeClock();
  const reads = createBulkReads(clock);
  const leaving = new AbortController();
  const [gone, begun]: [unknown[], number[]] = [[], []];
  for (let i = 0; i < 20; i++) void reads.room(blockPrice(4 * MIB), leaving.signal).then((busy) => gone.push(busy));
  await clock.advanceAsync(0);
  const atOnce = gone.length;
  for (let i = 0; i < 3; i++) void reads.room(blockPrice(4 * MIB)).then((busy) => begun.push(busy === null ? i : -1));
  leaving.abort();
  await clock.advanceAsync(0);
  expect(gone).toHaveLength(20);
  expect(gone.slice(0, atOnce)).toEqual(Array.from({ length: atOnce }, () => null));
  expect(await reads.room(blockPrice(4 * MIB), leaving.signal)).toMatchObject({ code: "BUSY" });
  await clock.advanceAsync(500);
  expect(begun).toEqual([0, 1, 2]);
});
