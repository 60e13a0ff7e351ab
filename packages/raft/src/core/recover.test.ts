import type { Image } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { RaftConfig } from "./config.ts";
import type { RaftRecord } from "./messages.ts";
import { createRaft } from "./raft.ts";

const SEALERS = ["a", "b", "c"] as NodeId[];

const CONFIG: RaftConfig = {
  self: SEALERS[0]!,
  seed: 1,
  minElectTicks: 10,
  maxElectTicks: 20,
  heartbeatTicks: 3,
  stallTicks: 100,
  verifyVote: () => true,
};

/** A sealer that came back without its journal, and learnt that the others hold a block which it may have signed. */
function image(forgetful: boolean): Image<RaftRecord<string>> {
  const head = { height: 5, hash: "h5", sealers: SEALERS, recent: [], timeoutTicks: 30 };
  const records: RaftRecord<string>[] = [{ type: "recovered", term: 7, head: 5, tail: 3 }];
  return { head, records, silentThrough: 0, forgetful, mark: 5, run: 1 };
}

/** Whether it asks for votes once it has heard no leader for long enough. */
function campaigns(forgetful: boolean): boolean {
  const raft = createRaft(CONFIG, image(forgetful));
  const effects = Array.from({ length: 30 }, () => raft.step({ type: "tick" })).flat();
  return effects.some((effect) => effect.type === "send" && effect.msg.type === "voteRequest");
}

describe("what a sealer owes that has forgotten (SPEC 7.4)", () => {
  it("outlives a restart", () => {
    expect(createRaft(CONFIG, image(true)).view().recovering).toBe(true);
    expect(campaigns(true)).toBe(false);
  });

  it("ends with the operator's word, where nobody who holds it will come back", () => {
    expect(createRaft(CONFIG, image(false)).view().recovering).toBe(false);
    expect(campaigns(false)).toBe(true);
  });
});
