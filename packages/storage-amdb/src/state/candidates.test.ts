import type { StateCommitment } from "@fb/types";
import { describe, expect, it } from "vitest";
import { type Candidate, Candidates } from "./candidates.ts";

const net = { accounts: new Map(), code: new Map() };

function make(
  height: number,
  parent: Candidate<null> | null,
  tag = 0,
): { commitment: StateCommitment; candidate: Candidate<null> } {
  const root = Uint8Array.of(height, tag);
  return { commitment: { root, batch: [] }, candidate: { height, root, net, data: null, parent } };
}

describe("candidates", () => {
  it("lets go of committed parents, so that a pipeline that never pauses stays bounded", () => {
    const candidates = new Candidates<null>();
    let parent = make(1, null);
    candidates.add(parent.commitment, parent.candidate);
    for (let height = 2; height < 100; height++) {
      const child = make(height, parent.candidate);
      // In turn: committed before the child is added, and after.
      if (height % 2 === 0) candidates.add(child.commitment, child.candidate);
      candidates.commit(height - 1, parent.commitment);
      if (height % 2 === 1) candidates.add(child.commitment, child.candidate);
      expect(child.candidate.parent).toBeNull();
      parent = child;
    }
  });

  it("finds a candidate by height and root while it is above the head, and no other", () => {
    const candidates = new Candidates<null>();
    const [one, two] = [make(5, null, 1), make(5, null, 2)];
    candidates.add(one.commitment, one.candidate);
    candidates.add(two.commitment, two.candidate);
    expect(candidates.find(5, two.candidate.root)).toBe(two.candidate);
    const unknown = expect.objectContaining({ code: "PARENT_UNKNOWN" });
    expect(() => candidates.find(6, two.candidate.root)).toThrow(unknown);
    candidates.commit(5, one.commitment);
    expect(() => candidates.find(5, two.candidate.root)).toThrow(unknown);
  });

  it("keeps a bounded number, the newest", () => {
    const candidates = new Candidates<null>();
    const all = Array.from({ length: 200 }, (_, tag) => make(1, null, tag));
    for (const { commitment, candidate } of all) candidates.add(commitment, candidate);
    expect(candidates.find(1, all[199]!.candidate.root)).toBe(all[199]!.candidate);
    expect(() => candidates.find(1, all[0]!.candidate.root)).toThrow();
    // Who still holds a commitment may commit it all the same.
    expect(candidates.commit(1, all[0]!.commitment)).toBe(all[0]!.candidate);
  });

  it("takes no commitment of another state or height", () => {
    const candidates = new Candidates<null>();
    const { commitment, candidate } = make(3, null);
    candidates.add(commitment, candidate);
    const broken = expect.objectContaining({ code: "INVARIANT_BROKEN" });
    expect(() => candidates.commit(4, commitment)).toThrow(broken);
    expect(() => candidates.commit(3, { ...commitment })).toThrow(broken);
  });
});
