import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { Ahead } from "./ahead.ts";
import { Out } from "./out.ts";

const PEER = "2" as NodeId;

function hints(ahead: Ahead, ticks: number): number {
  const out = new Out<string>();
  for (let i = 0; i < ticks; i++) ahead.tick(out);
  return out.take().length;
}

describe("Ahead (SPEC 6.3)", () => {
  it("tells sync of a claim for a minute of ticks, not for ever", () => {
    const ahead = new Ahead();
    ahead.seen(new Out<string>(), PEER, 1000, 5);
    expect(hints(ahead, 60)).toBe(12);
    expect(hints(ahead, 1000)).toBe(0);
    ahead.seen(new Out<string>(), PEER, 1000, 5);
    expect(hints(ahead, 5)).toBe(1);
  });

  it("tells sync at once of a peer that is two or more ahead, after some ticks of one that is one ahead", () => {
    const ahead = new Ahead();
    const out = new Out<string>();
    ahead.seen(out, PEER, 6, 5);
    expect(out.take()).toEqual([]);
    expect(hints(ahead, 5)).toBe(1);
    ahead.seen(out, PEER, 7, 5);
    expect(out.take()).toEqual([{ type: "behind", height: 7, from: PEER }]);
    ahead.reached(7);
    expect(hints(ahead, 100)).toBe(0);
  });
});
