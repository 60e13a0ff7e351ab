import { createFakeClock } from "@fb/runtime/testing";
import { describe, expect, it } from "vitest";
import { ClientTime, createThreadUse, type ThreadUse } from "./client-time.ts";

const [HOG, HONEST] = ["192.0.2.1", "192.0.2.2"];
/** As it is priced; the thread of these tests takes ten times as long. */
const MICROS = 1_000;
const REAL_MS = 10;

/** Requests of `HOG` come as fast as they are let go, those of `HONEST` ten times a second. Returns what went in a second. */
async function aSecond(use: (done: number) => ThreadUse, addresses: readonly string[]) {
  const clock = createFakeClock();
  let sinceLook = 0;
  const went = new Map<string, number>(addresses.map((address) => [address, 0]));
  let held = 0;
  const time = new ClientTime({
    clock,
    threadUse: () => {
      const done = sinceLook;
      sinceLook = 0;
      return use(done);
    },
    onHeld: () => held++,
  });
  time.start();
  let isEnded = false;
  const ask = async (address: string, everyMs: number) => {
    while (!isEnded) {
      await time.room(address, MICROS);
      sinceLook++;
      went.set(address, went.get(address)! + 1);
      await new Promise<void>((resolve) => clock.after(everyMs, resolve));
    }
  };
  for (const address of addresses) void ask(address, address === HOG ? REAL_MS : 100);
  await clock.advanceAsync(10_000);
  const before = new Map(went);
  await clock.advanceAsync(1_000);
  isEnded = true;
  time.close();
  return { held, went: Object.fromEntries([...went].map(([address, n]) => [address, n - before.get(address)!])) };
}

const short = (done: number) => ({ activeMs: done * REAL_MS, cpuMs: (done * REAL_MS) / 2 });
const ample = (done: number) => ({ activeMs: done * REAL_MS, cpuMs: done * REAL_MS });

describe("the time of the thread", () => {
  it("has a bound for one address while others ask and processors are short (SPEC 8.13)", async () => {
    const { went } = await aSecond(short, [HOG, HONEST]);
    // 300 ms of the thread, of some 1,000 that it asks for.
    expect(went[HOG]).toBeGreaterThan(20);
    expect(went[HOG]).toBeLessThan(40);
    expect(went[HONEST]).toBeGreaterThanOrEqual(9);
  });

  it("is anybody's who is alone, and everybody's while processors are not short (SPEC 8.13)", async () => {
    for (const [use, addresses] of [
      [short, [HOG]],
      [ample, [HOG, HONEST]],
    ] as const) {
      const { went, held } = await aSecond(use, addresses);
      expect(held).toBe(0);
      expect(went[HOG]).toBeGreaterThan(90);
    }
  });

  it("counts an address as full when too many of its requests wait, and lets all go in the end", async () => {
    const clock = createFakeClock();
    const time = new ClientTime({ clock, threadUse: () => ({ activeMs: 100, cpuMs: 10 }), onHeld: () => {} });
    time.start();
    void time.room(HONEST, MICROS);
    await clock.advanceAsync(500);
    time.charge(HOG, 1_000_000);
    const waiting = Array.from({ length: 200 }, () => time.room(HOG, MICROS));
    expect([time.isFull(HOG), time.isFull(HONEST)]).toEqual([true, false]);
    expect(time.room(HONEST, MICROS)).toBeNull();
    time.close();
    await Promise.all(waiting);
    expect(time.isFull(HOG)).toBe(false);
  });

  it("is measured of the thread it is asked in", () => {
    const use = createThreadUse();
    const until = performance.now() + 20;
    while (performance.now() < until);
    const { activeMs, cpuMs } = use();
    expect(activeMs).toBeGreaterThanOrEqual(0);
    expect(cpuMs ?? 1).toBeGreaterThan(0);
  });
});
