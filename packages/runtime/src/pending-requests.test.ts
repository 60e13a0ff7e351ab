import { describe, expect, it } from "vitest";
import { PendingRequests } from "./pending-requests.ts";
import { secureRng } from "./rng.ts";
import { createSeededRng } from "./testing/seeded-rng.ts";

const create = (maxPerPeer = 4) => new PendingRequests<string>({ maxPerPeer, rng: createSeededRng(1) });

describe("PendingRequests", () => {
  it("gives a request once, to the peer that was asked", () => {
    const pending = create();
    const id = pending.open("a", "one");
    expect(pending.take("b", id)).toBeNull();
    expect(pending.take("a", id + 1)).toBeNull();
    expect(pending.take("a", id)).toBe("one");
    expect(pending.take("a", id)).toBeNull();
  });

  it("does not let a new connection answer what was asked on an old one", () => {
    const pending = create();
    const ids = [pending.open("a", "one"), pending.open("a", "two")];
    const other = pending.open("b", "three");
    expect(pending.gone("a")).toEqual(["one", "two"]);
    expect(ids.map((id) => pending.take("a", id))).toEqual([null, null]);
    expect(pending.gone("a")).toEqual([]);
    expect(pending.take("b", other)).toBe("three");
  });

  it("forgets the oldest request of a peer beyond its bound, and none of other peers", () => {
    const pending = create(2);
    const other = pending.open("b", "other");
    const ids = ["one", "two", "three"].map((request) => pending.open("a", request));
    expect(ids.map((id) => pending.take("a", id))).toEqual([null, "two", "three"]);
    expect(pending.take("b", other)).toBe("other");
  });

  it("has ids that do not repeat and tell nothing of the next one", () => {
    const pending = new PendingRequests<number>({ maxPerPeer: 1_000, rng: secureRng });
    const ids = Array.from({ length: 1_000 }, (_, i) => pending.open("a", i));
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((id) => Number.isSafeInteger(id) && id >= 0 && id < 2 ** 48)).toBe(true);
    // Of a counter or of small numbers, all differences would be small.
    const near = ids.filter((id, i) => i > 0 && Math.abs(id - ids[i - 1]!) < 2 ** 24);
    expect(near.length).toBeLessThan(10);
  });
});
