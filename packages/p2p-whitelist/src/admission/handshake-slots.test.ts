import { describe, expect, it } from "vitest";
import { createHandshakeSlots } from "./handshake-slots.ts";

function setUp() {
  const slots = createHandshakeSlots({ slots: 6, perSource: 3, reserved: 2 });
  const dropped: string[] = [];
  const enter = (name: string, source: string, isKnown = false) =>
    slots.enter(source, isKnown, () => void dropped.push(name));
  return { slots, dropped, enter };
}

describe("handshake slots (SPEC 3.9)", () => {
  it("let the oldest of a source give way when the source has its share", () => {
    const { slots, dropped, enter } = setUp();
    for (const name of ["a1", "a2", "a3", "a4", "a5"]) enter(name, "a");
    enter("b1", "b");
    expect(dropped).toEqual(["a1", "a2"]);
    expect(slots.used).toBe(4);
  });

  it("let the oldest of the busiest source give way when all are taken", () => {
    const { dropped, enter } = setUp();
    enter("honest", "h");
    for (const name of ["a1", "a2", "a3"]) enter(name, "a");
    for (const name of ["b1", "b2"]) enter(name, "b");
    enter("c1", "c");
    enter("c2", "c");
    expect(dropped).toEqual(["a1", "a2"]);
  });

  it("keep places for known sources, whatever strangers do, and the other way round", () => {
    const { dropped, enter } = setUp();
    for (let i = 0; i < 20; i++) enter(`s${i}`, `source ${i}`);
    const strangers = dropped.splice(0).length;
    enter("k1", "known", true);
    enter("k2", "known", true);
    expect([strangers, dropped]).toEqual([14, []]);
    enter("k3", "known", true);
    expect(dropped).toEqual(["k1"]);
  });

  it("give a slot back once", () => {
    const { slots, dropped, enter } = setUp();
    const giveBack = enter("a1", "a");
    giveBack();
    giveBack();
    for (const name of ["a2", "a3", "a4"]) enter(name, "a");
    expect([slots.used, dropped]).toEqual([3, []]);
  });
});
