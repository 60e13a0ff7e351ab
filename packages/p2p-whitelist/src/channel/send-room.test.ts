import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createSendRoom, createSendRooms } from "./send-room.ts";

const KIB = 1024;
const nodes = Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(2, "0").repeat(64) as NodeId);
const [A, B, C] = nodes as [NodeId, NodeId, NodeId];

/** How many payloads of 1 KiB, each another one, are taken for a member. */
function fill(room: ReturnType<typeof createSendRoom>, peer: NodeId): number {
  let taken = 0;
  while (taken < 10_000 && room.take(peer, new Uint8Array(KIB))) taken++;
  return taken;
}

describe("room for what waits to be sent (SPEC 6.1, 6.4)", () => {
  it("leaves one member half of it, two a third each, and bounds all together", () => {
    const room = createSendRoom(1000 * KIB);
    expect(fill(room, A)).toBeCloseTo((1000 * KIB) / 2 / (KIB + 64), -1);
    expect(fill(room, B)).toBeCloseTo((1000 * KIB) / 4 / (KIB + 64), -1);
    const all = nodes.slice(2).reduce((sum, peer) => sum + fill(room, peer), 0);
    expect(all).toBeLessThan((1000 * KIB) / 4 / KIB);
    const equal = createSendRoom(1000 * KIB);
    const taken = [0, 0];
    for (let isFull = false; !isFull; ) {
      isFull = true;
      for (const [i, peer] of [A, B].entries()) {
        if (!equal.take(peer, new Uint8Array(KIB))) continue;
        taken[i]!++;
        isFull = false;
      }
    }
    for (const count of taken) expect(count).toBeCloseTo((1000 * KIB) / 3 / (KIB + 64), -1);
    expect(equal.take(C, new Uint8Array(KIB))).toBe(true);
  });

  it("counts a payload that waits for many members once", () => {
    const room = createSendRoom(100 * KIB);
    const block = new Uint8Array(40 * KIB);
    for (const peer of nodes) expect([peer, room.take(peer, block)]).toEqual([peer, true]);
    expect(room.take(A, new Uint8Array(40 * KIB))).toBe(false);
    for (const peer of nodes) room.giveBack(peer, block);
    expect(fill(room, A)).toBe(fill(createSendRoom(100 * KIB), A));
  });

  it("has room for the longest payload in every module, and counts empty messages", () => {
    const rooms = createSendRooms(64 * KIB);
    for (const room of Object.values(rooms)) {
      expect(room.take(A, new Uint8Array(64 * KIB))).toBe(true);
      expect(room.take(B, new Uint8Array(64 * KIB))).toBe(true);
    }
    const room = createSendRoom(1000);
    const empty = Array.from({ length: 100 }, () => room.take(A, new Uint8Array(0))).filter(Boolean);
    expect(empty).toHaveLength(8);
  });
});
