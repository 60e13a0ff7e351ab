import { Commands } from "@fb/consensus/testing";
import type { NodeId } from "@fb/types";
import { beforeEach, describe, expect, it } from "vitest";
import { pbftScriptEngine } from "./script-engine.ts";

const BASE_TICKS = 10;

let commands: ReturnType<typeof start>;

function start() {
  const all = new Commands(pbftScriptEngine());
  all.mute();
  all.runLine(`add-nodes 4 timeout=${BASE_TICKS}`);
  return all;
}

const run = (...lines: string[]) => lines.forEach((line) => void commands.runLine(line));
const node = (id: string) => commands.env.node(id as NodeId);
const view = (id: string) => node(id).machine!.view();

/** Ticks of these nodes, everything else settled in between, until the condition holds. */
function ticksUntil(condition: () => boolean, ids = "1 2 3 4", limit = 1000): number {
  let ticks = 0;
  for (; !condition() && ticks < limit; ticks++) run(`tick ${ids}`, `stabilize ${ids}`);
  return ticks;
}

beforeEach(() => {
  commands = start();
});

describe("PBFT and time (SPEC 6)", () => {
  it("one liar moves no view of an idle chain and lengthens no wait (SPEC 6.4, 6.6)", () => {
    run("byzantine 4", "stabilize");
    for (let round = 0; round < 40; round++) {
      const { round: at } = view("1");
      run(
        `forge from=4 Sign 1/${at} Z!`,
        `forge from=4 Commit 1/${at} Z!`,
        `forge from=4 ViewChange 1/${at + 1}`,
        "forge from=4 Prepare 1/9007199254740990 Z parent=G!",
        "stabilize",
      );
      for (let tick = 0; tick < 30 * BASE_TICKS; tick++) run("tick", "stabilize");
    }
    expect(["1", "2", "3"].map((id) => view(id).round)).toEqual([0, 0, 0]);
    expect(["1", "2", "3"].map((id) => view(id).timing)).toEqual([false, false, false]);
    // The leader of (1, 0) is node 2: the wait for it is the shortest there is.
    run("crash 2", "pending 1 3");
    expect(ticksUntil(() => view("1").target > 0, "1 3", 1000)).toBe(BASE_TICKS);
  });

  it("a leader that brings nothing does not lengthen the waits, a proposal that comes too late does (SPEC 6.6)", () => {
    const wait = () => {
      const { target } = view("1");
      return ticksUntil(() => view("1").target > target, "1 2 3");
    };
    run("byzantine 4", "pending 1 2 3", "stabilize 1 2 3");
    expect([wait(), wait(), wait(), wait()]).toEqual([10, 10, 10, 10]);
    // Node 4 leads view 2, which is over.
    run("forge from=4 Prepare 1/2 A parent=G!", "stabilize 1 2 3");
    expect([wait(), wait()]).toEqual([10, 15]);
    for (const block of ["A", "B", "C"]) run(`forge from=4 Prepare 1/2 ${block} parent=G!`, "stabilize 1 2 3");
    expect([wait(), wait()]).toEqual([15, 15]);
  });

  it("a node whose journal hangs keeps no growing heap of promises (SPEC 6.7)", () => {
    run("pending");
    for (let height = 1; height <= 40; height++) {
      ticksUntil(() => node("1").sealing !== null || node("3").sealing !== null || node("4").sealing !== null, "1 3 4");
      const leader = ["1", "3", "4"].find((id) => node(id).sealing !== null)!;
      run("tick 2", `propose ${leader} b${height}`, "deliver", "execute 2", "stabilize 1 3 4", "deliver 2");
      run("tick 2 n=10", "execute 2", "sync 2", "apply 2");
    }
    expect(node("1").tip.height).toBe(40);
    expect(view("2").stalled).toBe("persist");
    expect(node("2").tip.height).toBeGreaterThan(30);
    expect(node("2").waiting.length).toBeLessThan(8);
    run("fsync 2");
    expect(view("2").stalled).toBe(null);
  });

  it("a group in which every execution hangs does not race through views (SPEC 6.7)", () => {
    const pair = new Commands(pbftScriptEngine());
    pair.mute();
    for (const line of ["add-nodes 2 timeout=10", "pending", "stabilize label=A", "hang 1 execute", "hang 2 execute"]) {
      pair.runLine(line);
    }
    const round = () => pair.env.node("1" as NodeId).machine!.view().round;
    const before = round();
    for (let tick = 0; tick < 100; tick++) {
      for (const one of pair.env.nodes.values()) if (one.sealing !== null) pair.runLine(`propose ${one.id} b${tick}`);
      pair.runLine("stabilize");
      pair.runLine("tick");
    }
    expect(round() - before).toBeGreaterThan(0);
    expect(round() - before).toBeLessThan(30);
  });
});
