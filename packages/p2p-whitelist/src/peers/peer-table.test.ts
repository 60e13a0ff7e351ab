import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import type { PeerConnection } from "./peer-connection.ts";
import { createPeerTable } from "./peer-table.ts";

const SMALL = "0a".repeat(64) as NodeId;
const BIG = "0b".repeat(64) as NodeId;

/** The end of a connection that `owner` sees; `dialer` opened it. */
function end(owner: NodeId, dialer: NodeId, openedAtMs: number, isOpen = true): PeerConnection {
  const direction = owner === dialer ? "outbound" : "inbound";
  return { nodeId: owner === SMALL ? BIG : SMALL, direction, openedAtMs, isOpen } as PeerConnection;
}

/** Which dialer's connection both nodes keep, for every order in which they see the two connections. */
function survivors(first: NodeId, second: NodeId, gapMs: number): Set<string> {
  const kept = new Set<string>();
  for (const owner of [SMALL, BIG]) {
    for (const swapped of gapMs < LIMITS.simultaneousMs && first !== second ? [false, true] : [false]) {
      const table = createPeerTable(owner);
      const ends = [end(owner, first, 0), end(owner, second, gapMs)];
      if (swapped) ends.reverse();
      for (const one of ends) table.add({ ...one, openedAtMs: one === ends[0] ? 0 : gapMs });
      const winner = table.get(owner === SMALL ? BIG : SMALL)!;
      kept.add(winner.direction === "outbound" ? owner : winner.nodeId);
    }
  }
  return kept;
}

describe("peer table (SPEC 3.4)", () => {
  it("keeps the smaller node's connection on both sides when both dialed at once", () => {
    expect(survivors(SMALL, BIG, 10)).toEqual(new Set([SMALL]));
    expect(survivors(BIG, SMALL, 10)).toEqual(new Set([SMALL]));
  });

  it("keeps the later connection when the earlier one must have been lost", () => {
    expect(survivors(SMALL, BIG, LIMITS.simultaneousMs)).toEqual(new Set([BIG]));
    expect(survivors(BIG, SMALL, LIMITS.simultaneousMs)).toEqual(new Set([SMALL]));
  });

  it("keeps the later of two connections from the same dialer", () => {
    const table = createPeerTable(SMALL);
    const [old, fresh] = [end(SMALL, BIG, 0), end(SMALL, BIG, 10)];
    expect(table.add(old)).toBeNull();
    expect(table.add(fresh)).toBe(old);
    expect(table.remove(old)).toBe(false);
    expect(table.get(BIG)).toBe(fresh);
    expect(table.remove(fresh)).toBe(true);
    expect(table.size).toBe(0);
  });

  it("never keeps a connection that is closed already", () => {
    const table = createPeerTable(SMALL);
    const dead = end(SMALL, SMALL, 0, false);
    table.add(dead);
    const fresh = end(SMALL, BIG, 1);
    expect(table.add(fresh)).toBe(dead);
  });
});
