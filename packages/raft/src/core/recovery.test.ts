import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { RaftConfig } from "./config.ts";
import type { RecoverMsg, RecoverResponseMsg } from "./messages.ts";
import { createRaft } from "./raft.ts";

const SEALERS = ["a", "b", "c", "d", "e"] as NodeId[];
const HEAD = 5;
const MAX_ELECT = 20;

const CONFIG: RaftConfig = {
  self: SEALERS[0]!,
  seed: 1,
  minElectTicks: 10,
  maxElectTicks: MAX_ELECT,
  heartbeatTicks: 3,
  stallTicks: 100,
  verifyVote: () => true,
};

type Peer = (ask: RecoverMsg<string>, tick: number) => Partial<RecoverResponseMsg<string>> | null;

/** A sealer as SPEC 7.5 and 7.6 say, that has heard of `heard`. */
function honest(heard: number): Peer {
  let fence = 0;
  let next = 4 * MAX_ELECT;
  let free = 0;
  return ({ term }, tick) => {
    if (term > heard && tick >= free) {
      heard = fence = term;
      free = tick + next;
      next *= 2;
    }
    return { heard, granted: term > 0 && term === fence && heard === fence };
  };
}

/** Ticks until a sealer that has forgotten promises again; null when it still waits after `limit`. */
function recoveryOf(peers: readonly Peer[], limit = 1000): number | null {
  const head = { height: HEAD, hash: "h5", sealers: SEALERS, recent: [], timeoutTicks: 30 };
  const raft = createRaft<string>(CONFIG, { head, records: [], silentThrough: 0, forgetful: true, mark: HEAD, run: 1 });
  for (let tick = 1; tick <= limit; tick++) {
    const inputs: Parameters<typeof raft.step>[0][] = [{ type: "tick" }];
    for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
      for (const effect of raft.step(input)) {
        if (effect.type === "persist") inputs.push({ type: "persisted", seq: effect.seq, signatures: [] });
        if (effect.type !== "send" || effect.msg.type !== "recover") continue;
        for (const [i, peer] of peers.entries()) {
          const { run, term } = effect.msg;
          const answer = peer(effect.msg, tick);
          const blank = { type: "recoverResponse", run, term, head: HEAD, tail: 0, forgetful: false } as const;
          if (answer === null) continue;
          const msg = { ...blank, heard: 0, granted: false, ...answer };
          inputs.push({ type: "msg", from: SEALERS[i + 1]!, msg, signatures: [] });
        }
      }
    }
    if (!raft.view().recovering) return tick;
  }
  return null;
}

const down: Peer = () => null;

describe("a recovery ends without one of five sealers (SPEC 7.4)", () => {
  it("puts up its fence above that of another one that recovers (SPEC 7.4)", () => {
    const asked: number[] = [];
    const forgetful: Peer = ({ term }) => {
      asked.push(term);
      return { forgetful: true, heard: 9007 };
    };
    recoveryOf([honest(5), honest(5), honest(5), forgetful]);
    expect(asked.find((term) => term > 0)).toBe(9008);
  });

  it("that is down", () => {
    expect(recoveryOf([honest(7), honest(7), honest(9), down])).toBeLessThan(MAX_ELECT);
  });

  it("that claims a head that nobody has", () => {
    const liar: Peer = ({ term }) => ({ head: 10 ** 9, heard: term, granted: term > 0 });
    expect(recoveryOf([liar, honest(7), honest(7), honest(9)])).toBeLessThan(2 * MAX_ELECT);
  });

  it("that has always heard of a higher term", () => {
    const liar: Peer = ({ term }) => ({ heard: term + 2 ** 20 });
    expect(recoveryOf([liar, honest(7), honest(7), honest(9)])).toBeLessThan(2 * MAX_ELECT);
  });

  it("that is down, while another heard of a higher term between question and fence", () => {
    const inner = honest(7);
    // It grants a pre-vote meanwhile.
    let bumped = false;
    const racer: Peer = (ask, tick) => {
      const raced = ask.term > 0 && !bumped;
      if (raced) bumped = true;
      return raced ? inner({ ...ask, term: ask.term + 1 }, -1000) : inner(ask, tick);
    };
    expect(recoveryOf([honest(7), honest(7), racer, down])).toBeLessThan(6 * MAX_ELECT);
  });
});
