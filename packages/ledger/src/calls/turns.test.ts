import { createFakeClock } from "@fb/runtime/testing";
import { describe, expect, it } from "vitest";
import { type Turn, Turns } from "./turns.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("turns of a thread", () => {
  it("go to one call at a time, and next to the one that had least", async () => {
    const clock = createFakeClock();
    const turns = new Turns(clock);
    const order: string[] = [];
    /** Works in slices of these lengths and gives the thread up between them. */
    const work = async (turn: Turn, name: string, slices: readonly number[]) => {
      await turn.take();
      for (const ms of slices) {
        order.push(name);
        clock.advance(ms);
        await turn.away(settle());
      }
      turn.release();
    };
    const [long, short] = [turns.create(), turns.create()];
    await Promise.all([work(long, "long", Array(6).fill(10)), work(short, "short", Array(6).fill(1))]);
    expect(order.slice(0, 2)).toEqual(["long", "short"]);
    // As long as the short one has anything to do, it has had less.
    expect(order.indexOf("long", 1)).toBeGreaterThan(order.indexOf("short"));
    expect([long.usedMs, short.usedMs]).toEqual([60, 6]);
  });

  it("lets a newcomer in before those who wait longer but had more", async () => {
    const clock = createFakeClock();
    const turns = new Turns(clock);
    const order: string[] = [];
    const [holder, old, fresh] = [turns.create(), turns.create(), turns.create()];
    await old.take();
    clock.advance(50);
    old.release();
    await holder.take();
    const waiting = [old.take().then(() => order.push("old")), fresh.take().then(() => order.push("fresh"))];
    holder.release();
    await settle();
    expect(order).toEqual(["fresh"]);
    fresh.release();
    await Promise.all(waiting);
    expect(order).toEqual(["fresh", "old"]);
  });

  it("is free again when nobody waits, and released only once", async () => {
    const turns = new Turns(createFakeClock());
    const [a, b, c] = [turns.create(), turns.create(), turns.create()];
    await a.take();
    a.release();
    a.release();
    await b.take();
    a.release();
    let taken = false;
    const third = c.take().then(() => {
      taken = true;
    });
    await settle();
    expect(taken).toBe(false);
    b.release();
    await third;
  });

  it("comes back after a wait that failed", async () => {
    const turns = new Turns(createFakeClock());
    const turn = turns.create();
    await turn.take();
    await expect(turn.away(Promise.reject(new TypeError("gone")))).rejects.toThrow("gone");
    turn.release();
    await turns.create().take();
  });
});
