import { describe, expect, it } from "vitest";
import type { GroupSample } from "./load-protocol.ts";
import { judge, LIMITS, type Measures, NO_NOISE, type Noise, noiseOf } from "./verdict.ts";

const MIB = 2 ** 20;
const QUIET = NO_NOISE;

function sample(group: number, txPerSecond: number, p50Ms: number): GroupSample {
  return {
    group,
    seconds: 10,
    sent: 400,
    refused: 0,
    why: "",
    committed: txPerSecond * 10,
    txPerSecond,
    p50Ms,
    p99Ms: 2 * p50Ms,
  };
}

function group(id: number, throughput: number, p50: number) {
  const before = sample(id, 40, 100);
  return { group: id, before, during: sample(id, 40 * throughput, 100 * p50), after: before };
}

function measures(changes: Partial<Measures> = {}): Measures {
  return { who: "observer", groups: [], memory: [], lost: [], findings: [], ...changes };
}

describe("the verdict", () => {
  it("lets a member slow its own group further than any other", () => {
    const slow = (id: number) => judge(measures({ groups: [group(id, 0.85, 2.5)] }), QUIET);
    expect(slow(1)).toEqual([]);
    expect(slow(2)).toEqual(["group 2: throughput 85 %, at least 95 %", "group 2: p50 2.5 times, at most 1.3"]);
  });

  it("lets strangers and clients slow no group", () => {
    for (const who of ["stranger", "non-member", "client"] as const)
      expect(judge(measures({ who, groups: [group(1, 1, 1.4)] }), QUIET)).toHaveLength(1);
  });

  it("counts a group that commits nothing as broken, in whatever time", () => {
    expect(judge(measures({ groups: [group(1, 0, 1)] }), QUIET)).toEqual(["group 1: throughput 0 %, at least 80 %"]);
  });

  it("allows what the machine alone costs, and no more", () => {
    const noise: Noise = { ...NO_NOISE, groups: new Map([[2, { throughput: 0.9, p50: 2 }]]) };
    expect(judge(measures({ groups: [group(2, 0.86, 2.5)] }), noise)).toEqual([]);
    expect(judge(measures({ groups: [group(2, 0.85, 2.7)] }), noise)).toHaveLength(2);
    // A control run that was faster than the calm before it makes nothing stricter.
    const lucky: Noise = { ...NO_NOISE, groups: new Map([[2, { throughput: 1.1, p50: 0.5 }]]) };
    expect(judge(measures({ groups: [group(2, 0.95, 1.3)] }), lucky)).toEqual([]);
  });

  it("bounds memory at its most and a minute later", () => {
    const of = (growth: number, left: number) =>
      judge(
        measures({
          memory: [
            { node: "node1", isAttacked: true, beforeBytes: MIB, mostBytes: MIB + growth, afterBytes: MIB + left },
          ],
        }),
        QUIET,
      );
    expect(of(LIMITS.growthBytes, LIMITS.leftBytes)).toEqual([]);
    expect(of(LIMITS.growthBytes + MIB, 0)).toEqual(["node1: memory grew by 151 MB"]);
    expect(of(LIMITS.growthBytes, LIMITS.leftBytes + MIB)).toEqual(["node1: 76 MB more memory a minute later"]);
  });

  it("allows the memory that a node takes without an attack", () => {
    const memory = [
      { node: "node0", isAttacked: true, beforeBytes: MIB, mostBytes: 41 * MIB, afterBytes: 31 * MIB },
      { node: "node1", isAttacked: true, beforeBytes: MIB, mostBytes: 21 * MIB, afterBytes: MIB },
    ];
    const noise = noiseOf(measures({ memory }));
    expect(noise).toMatchObject({ growthBytes: 40 * MIB, leftBytes: 30 * MIB });
    const grown = { node: "node1", isAttacked: true, beforeBytes: 0, mostBytes: 190 * MIB, afterBytes: 105 * MIB };
    expect(judge(measures({ memory: [grown] }), noise)).toEqual([]);
    expect(judge(measures({ memory: [{ ...grown, afterBytes: 106 * MIB }] }), noise)).toHaveLength(1);
  });

  it("allows what nodes took that nobody attacked at the same time", () => {
    const node = (name: string, isAttacked: boolean, growth: number, left: number) => ({
      node: name,
      isAttacked,
      beforeBytes: 300 * MIB,
      mostBytes: (300 + growth) * MIB,
      afterBytes: (300 + left) * MIB,
    });
    const others = [node("node1", false, 119, 60), node("node2", false, 134, 70), node("node3", false, 20, -5)];
    expect(judge(measures({ memory: [node("node0", true, 201, 130), ...others] }), QUIET)).toEqual([]);
    expect(judge(measures({ memory: [node("node0", true, 270, 136), ...others] }), QUIET)).toEqual([
      "node0: memory grew by 270 MB",
      "node0: 136 MB more memory a minute later",
    ]);
  });

  it("names what was lost and what did not hold", () => {
    const findings = [
      { ok: true, what: "kept" },
      { ok: false, what: "told the groups" },
    ];
    expect(judge(measures({ lost: ["node2"], findings }), QUIET)).toEqual(["node2 was lost", "told the groups"]);
  });
});
