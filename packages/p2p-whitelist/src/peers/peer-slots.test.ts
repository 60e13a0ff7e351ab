import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createPeerSlots, type Place } from "./peer-slots.ts";

const place = (name: string, agencyFingerprint: string, isPrivileged = false): Place => ({
  nodeId: name as NodeId,
  agencyFingerprint,
  isPrivileged,
});
const many = (count: number, agency: string, isPrivileged = false) =>
  Array.from({ length: count }, (_, i) => place(`${agency}${i}`, agency, isPrivileged));

describe("peer slots (SPEC 3.10)", () => {
  const slots = createPeerSlots(8);

  it("give an agency a quarter of the places for nodes that are not privileged", () => {
    expect(slots.judge(place("x", "a"), many(1, "a"))).toBe("OK");
    expect(slots.judge(place("x", "a"), many(2, "a"))).toBe("AGENCY_QUOTA");
    expect(slots.judge(place("x", "b"), many(2, "a"))).toBe("OK");
    // Its members and configured peers do not count, and are not counted.
    expect(slots.judge(place("x", "a"), many(5, "a", true))).toBe("OK");
    expect(slots.judge(place("x", "a", true), many(2, "a"))).toBe("OK");
  });

  it("let a privileged node take the place of another one", () => {
    const full = [...many(6, "a", true), ...many(1, "b"), ...many(1, "c")];
    expect(slots.judge(place("x", "b"), full)).toBe("TOO_MANY_PEERS");
    expect(slots.judge(place("x", "b", true), full)).toBe("OK");
    expect(slots.judge(place("x", "b", true), many(8, "a", true))).toBe("TOO_MANY_PEERS");
  });

  it("evict the newest of the agency that has most, and never a privileged node", () => {
    expect(slots.evict(many(8, "a"))).toBeNull();
    expect(slots.evict([...many(6, "a", true), ...many(1, "b"), ...many(2, "c")])).toBe("c1");
    expect(slots.evict(many(9, "a", true))).toBeNull();
  });
});
