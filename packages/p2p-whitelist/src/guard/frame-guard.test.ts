import { createFakeClock } from "@fb/runtime/testing";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import { createFrameGuard } from "./frame-guard.ts";
import { FLAG, FRAME } from "./yamux-frames.ts";

const { data, windowUpdate, ping, goAway } = FRAME;
const { syn, ack, fin, rst } = FLAG;

/** The guard of the side that was dialed: the peer's streams are odd. */
function setUp() {
  const clock = createFakeClock();
  const guard = createFrameGuard(false, clock);
  const header = (type: number, flags: number, id: number, length: number) => ({
    version: 0,
    type,
    flags,
    streamId: id,
    length,
  });
  return {
    clock,
    guard,
    they: (type: number, flags: number, id: number, length: number) => guard.inbound(header(type, flags, id, length)),
    we: (type: number, flags: number, id: number, length: number) => guard.outbound(header(type, flags, id, length)),
  };
}

describe("frame guard (SPEC 2.3, 2.4)", () => {
  it("knows a version, types, flags and numbers", () => {
    const bad: [number, number, number, number][] = [
      [4, 0, 1, 0],
      [255, 0, 0, 0],
      [ping, syn, 1, 0],
      [goAway, 0, 1, 0],
      [data, 0, 0, 1],
      [windowUpdate, 0, 0, 1],
      [windowUpdate, 0x10, 1, 0],
      [windowUpdate, 0x8001, 1, 0],
      [goAway, 0, 0, 3],
      [goAway, syn, 0, 0],
      // A stream that nobody opened, one with our kind of number, one with data that is none.
      [windowUpdate, 0, 1, 0],
      [data, 0, 1, 1],
      [windowUpdate, syn, 2, 0],
      [windowUpdate, 0, 2, 0],
      [data, syn, 1, 0],
    ];
    for (const frame of bad) expect([frame, setUp().they(...frame)]).toEqual([frame, "frame"]);
    expect(setUp().guard.inbound({ version: 1, type: windowUpdate, flags: syn, streamId: 1, length: 0 })).toBe("frame");
    for (const flags of [0, syn, ack]) expect(setUp().they(ping, flags, 0, 7)).toBe("ping");
  });

  it("takes a conversation as yamux leads it", () => {
    const { guard, they, we } = setUp();
    expect(they(windowUpdate, syn, 1, 0)).toBeNull();
    expect(they(data, 0, 1, 54)).toBeNull();
    we(windowUpdate, ack, 1, 54);
    we(data, 0, 1, 46);
    expect(they(windowUpdate, 0, 1, 46)).toBeNull();
    guard.accept(1);
    for (let i = 0; i < 100; i++) {
      expect(they(data, 0, 1, LIMITS.frameBytes)).toBeNull();
      we(windowUpdate, 0, 1, LIMITS.frameBytes);
    }
    we(windowUpdate, syn, 2, 0);
    we(data, 0, 2, 46);
    expect(they(windowUpdate, ack, 2, 46)).toBeNull();
    expect(they(data, 0, 2, 47)).toBeNull();
    expect(they(windowUpdate, fin, 1, 0)).toBeNull();
    expect(they(windowUpdate, rst, 2, 0)).toBeNull();
    expect(guard.heldBytes).toBe(0);
    expect(they(goAway, 0, 0, 0)).toBeNull();
    expect(they(goAway, 0, 0, 0)).toBe("frame");
  });

  it("never lets a number be used twice", () => {
    const { they } = setUp();
    expect(they(windowUpdate, syn, 5, 0)).toBeNull();
    expect(they(windowUpdate, rst, 5, 0)).toBeNull();
    expect(they(windowUpdate, syn, 5, 0)).toBe("frame");
    expect(they(windowUpdate, syn, 3, 0)).toBe("frame");
  });

  it("holds a data frame to the window of its stream, before its body", () => {
    const { guard, they } = setUp();
    they(windowUpdate, syn, 1, 0);
    guard.accept(1);
    expect(they(data, 0, 1, 0xffffffff)).toBe("frame");
    expect(they(data, 0, 1, LIMITS.frameBytes + 1)).toBe("frame");
    const frames = LIMITS.windowBytes / LIMITS.frameBytes;
    for (let i = 0; i < frames; i++) expect(they(data, 0, 1, LIMITS.frameBytes)).toBeNull();
    expect(guard.heldBytes).toBe(LIMITS.windowBytes);
    expect(they(data, 0, 1, 1)).toBe("window");
  });

  it("takes no more than an opening on a stream that is not accepted, and no more than an answer on ours", () => {
    const { guard, they, we } = setUp();
    they(windowUpdate, syn, 1, 0);
    expect(they(data, 0, 1, LIMITS.unacceptedBytes)).toBeNull();
    expect(they(data, 0, 1, 1)).toBe("unaccepted");
    we(windowUpdate, syn, 2, 0);
    expect(they(data, 0, 2, LIMITS.unacceptedBytes + 1)).toBe("unaccepted");
    guard.accept(1);
    expect(they(data, 0, 1, LIMITS.frameBytes)).toBeNull();
  });

  it("takes on a stream that we reset what can be under way, and not more", () => {
    const { guard, they, we } = setUp();
    they(windowUpdate, syn, 1, 0);
    guard.accept(1);
    they(data, 0, 1, LIMITS.frameBytes);
    we(windowUpdate, rst, 1, 0);
    expect(guard.heldBytes).toBe(0);
    const left = LIMITS.windowBytes - LIMITS.frameBytes;
    for (let sent = 0; sent < left; sent += LIMITS.frameBytes) expect(they(data, 0, 1, LIMITS.frameBytes)).toBeNull();
    expect(they(data, 0, 1, 1)).toBe("window");
    // The peer ended this one itself.
    they(windowUpdate, syn, 3, 0);
    they(windowUpdate, rst, 3, 0);
    expect(they(data, 0, 3, 1)).toBe("window");
  });

  it("takes room only for what was sent", () => {
    const { they, we } = setUp();
    they(windowUpdate, syn, 1, 0);
    expect(they(windowUpdate, 0, 1, 1)).toBe("window");
    we(data, 0, 1, 100);
    expect(they(windowUpdate, 0, 1, 60)).toBeNull();
    expect(they(windowUpdate, 0, 1, 41)).toBe("window");
  });

  it("counts updates against what can cause them", () => {
    const { they, we } = setUp();
    they(windowUpdate, syn, 1, 0);
    const given = LIMITS.spareUpdates + LIMITS.updatesPerStream - 1;
    for (let i = 0; i < given; i++) expect(they(windowUpdate, 0, 1, 0)).toBeNull();
    we(data, 0, 1, 1);
    expect(they(windowUpdate, 0, 1, 1)).toBeNull();
    expect(they(windowUpdate, 0, 1, 0)).toBe("updates");
  });

  it("lets a peer open streams at the rate of SPEC 6.1, whatever becomes of them", () => {
    const { clock, they } = setUp();
    let id = 1;
    const openAndReset = () => {
      const fault = they(windowUpdate, syn, id, 0);
      if (fault === null) they(windowUpdate, rst, id, 0);
      id += 2;
      return fault;
    };
    let opened = 0;
    while (openAndReset() === null) opened++;
    expect(opened).toBe(LIMITS.openBurst - 1);
    clock.advance(1_000);
    for (opened = 0; openAndReset() === null; ) opened++;
    expect(opened).toBeGreaterThan(LIMITS.openPerSecond - 5);
    expect(opened).toBeLessThanOrEqual(LIMITS.openPerSecond);
  });

  it("lets a window grow when a quarter of it was read, and holds nothing of what was read meanwhile", () => {
    const { guard, they } = setUp();
    they(windowUpdate, syn, 1, 0);
    guard.accept(1);
    const part = LIMITS.roomBytes / 4;
    for (let round = 0; round < 10; round++) {
      for (let i = 1; i <= 4; i++) {
        expect(they(data, 0, 1, part)).toBeNull();
        expect(guard.heldBytes).toBe(part);
        expect(guard.giveRoom(1, part)).toBe(i < 4 ? 0 : LIMITS.roomBytes);
        expect(guard.heldBytes).toBe(0);
      }
    }
    // What it was not told of yet, it may not use.
    they(data, 0, 1, part);
    guard.giveRoom(1, part);
    let sent = part;
    while (they(data, 0, 1, part) === null) sent += part;
    expect(sent).toBe(LIMITS.windowBytes);
    they(windowUpdate, rst, 1, 0);
    expect(guard.heldBytes).toBe(0);
  });

  it("bounds what a connection holds that nobody reads", () => {
    const { guard, they } = setUp();
    let id = 1;
    const fill = () => {
      they(windowUpdate, syn, id, 0);
      guard.accept(id);
      for (let sent = 0; sent < LIMITS.windowBytes; sent += LIMITS.frameBytes) {
        const fault = they(data, 0, id, LIMITS.frameBytes);
        if (fault !== null) return fault;
      }
      id += 2;
      return null;
    };
    while (guard.heldBytes < LIMITS.heldBytes) expect(fill()).toBeNull();
    expect(fill()).toBe("held");
  });
});
