import { createFakeClock } from "@fb/runtime/testing";
import { multiaddrConnectionPair } from "@libp2p/utils";
import { expect, it } from "vitest";
import { createTarpit } from "./tarpit.ts";

function setUp(places: number) {
  const clock = createFakeClock();
  const tarpit = createTarpit({ places, ms: 1_000 }, clock);
  const refuse = () => {
    const [far, raw] = multiaddrConnectionPair({ delay: 0 });
    let isOver = false;
    const over = tarpit.hold(raw).then(() => {
      isOver = true;
    });
    return { far, raw, over, isOver: () => isOver };
  };
  return { clock, tarpit, refuse };
}

it("holds what is refused for a moment, and reads nothing of it (SPEC 3.9)", async () => {
  const { clock, refuse } = setUp(2);
  const one = refuse();
  let got = 0;
  one.raw.addEventListener("message", () => got++);
  one.far.send(new Uint8Array(100));
  await clock.advanceAsync(999);
  expect(one.isOver()).toBe(false);
  expect(got).toBe(0);
  await clock.advanceAsync(1);
  await one.over;
});

it("holds no more than it has places for, and gives a place back when a connection ends", async () => {
  const { clock, tarpit, refuse } = setUp(2);
  const [one, two] = [refuse(), refuse()];
  await refuse().over;
  one.raw.abort(new RangeError("gone"));
  await one.over;
  const three = refuse();
  await clock.advanceAsync(500);
  expect([two.isOver(), three.isOver()]).toEqual([false, false]);
  tarpit.close();
  await Promise.all([two.over, three.over]);
});
