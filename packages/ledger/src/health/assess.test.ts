import type { ConsensusType, NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { assess, credibleHeight, type HealthFacts } from "./assess.ts";

const nodes = Array.from({ length: 6 }, (_, i) => `${i}`.repeat(128) as NodeId);
const [self, ...others] = nodes;

function facts(of: Partial<HealthFacts> & { readonly sealers?: number; readonly up?: number } = {}): HealthFacts {
  const { sealers = 4, up = 3, ...rest } = of;
  return {
    self: self!,
    consensus: "pbft",
    members: { sealers: nodes.slice(0, sealers), observers: [] },
    head: 10,
    haltedBy: null,
    storageTrouble: null,
    gap: null,
    peers: new Map(others.slice(0, up).map((node) => [node, 10])),
    stalledMs: 0,
    stallLimitMs: 15_000,
    ...rest,
  };
}

const codes = (of: Parameters<typeof facts>[0]) => assess(facts(of)).map(({ code }) => code);
const claims = (...heights: readonly (number | null)[]) =>
  new Map(heights.map((height, i) => [others[i]!, height] as const));

describe("why a node is not ready", () => {
  it.each<[ConsensusType, number, number]>([
    ["pbft", 1, 0],
    ["pbft", 4, 2],
    ["pbft", 6, 4],
    ["raft", 3, 1],
    ["raft", 4, 2],
    ["raft", 5, 2],
  ])("%s of %i sealers needs %i others in reach", (consensus, sealers, up) => {
    expect(codes({ consensus, sealers, up })).toEqual([]);
    if (up > 0) expect(codes({ consensus, sealers, up: up - 1 })).toEqual(["QUORUM_UNREACHABLE"]);
  });

  it("an observer needs somebody, a stranger is none of the members", () => {
    const observers = { sealers: others.slice(0, 4), observers: [self!] };
    expect(codes({ members: observers, up: 1 })).toEqual([]);
    expect(codes({ members: observers, up: 0 })).toEqual(["QUORUM_UNREACHABLE"]);
    const strangers = { sealers: others.slice(0, 4), observers: [] };
    expect(codes({ members: strangers, up: 4 })).toEqual(["NOT_A_MEMBER"]);
  });

  it("blocks that one liar claims are not missing, those that more claim are", () => {
    expect(codes({ peers: claims(1_000_000, 10, null) })).toEqual([]);
    expect(credibleHeight(facts({ peers: claims(1_000_000, 12, null) }))).toBe(12);
    expect(codes({ peers: claims(1_000_000, 16, null) })).toEqual(["SYNCING"]);
    expect(codes({ peers: claims(15, 15, 15) })).toEqual([]);
  });

  it("a store that waits for its server says what for", () => {
    const storageTrouble = { code: "STORAGE_FULL", message: "no room; make room" } as const;
    expect(assess(facts({ storageTrouble }))).toEqual([
      { code: "STORAGE_WAITING", message: "STORAGE_FULL: no room; make room" },
    ]);
  });

  it("says what to do when nobody keeps the blocks that are missing", () => {
    const [reason] = assess(facts({ peers: claims(600, 600, 600), gap: { from: 11, lowest: 80 } }));
    expect(reason).toMatchObject({ code: "SYNCING" });
    expect(reason!.message).toContain("no connected member keeps block 11, only blocks from 80 on: connect one");
  });

  it("work that waits too long is no progress, and a halt comes first", () => {
    expect(codes({ stalledMs: 14_999 })).toEqual([]);
    expect(codes({ stalledMs: 15_000, haltedBy: "DIVERGED", up: 0 })).toEqual([
      "HALTED",
      "QUORUM_UNREACHABLE",
      "NO_PROGRESS",
    ]);
  });
});
