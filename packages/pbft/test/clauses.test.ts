import { Commands } from "@fb/consensus/testing";
import { byzantineQuorum, type NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { PbftHeading } from "../src/core/messages.ts";
import { pbftScriptEngine } from "./script-engine.ts";

const VIEW_TICKS = 10;

/** A group in which things happen as told; `run` gives what the commands printed. */
function group(sealers: number, observers = 0) {
  const commands = new Commands(pbftScriptEngine());
  const run = (...lines: string[]) => lines.map((line) => commands.runLine(line)).join("\n");
  run(`add-nodes ${sealers} observers=${observers} timeout=${VIEW_TICKS}`);
  const node = (id: string) => commands.env.node(id as NodeId);
  const view = (id: string) => node(id).machine!.view();
  const screen = (id: string, from: string, heading: PbftHeading) =>
    node(id).machine!.screen(from as NodeId, heading as never);
  return { commands, run, node, view, screen };
}

describe("PBFT clause by clause", () => {
  it("decides one height at a time and forgets what it knew of the last (SPEC 1.1)", () => {
    const { run, view } = group(4);
    run("pending", "tick n=10", "stabilize");
    expect(view("1")).toMatchObject({ height: 1, round: 1 });
    run("propose 3 A", "stabilize");
    expect(view("1")).toMatchObject({ height: 2, round: 0, target: 0, lock: null });
  });

  it("needs n - f sealers, whatever n (SPEC 3.1)", () => {
    for (const n of [1, 2, 3, 4, 5, 7]) {
      for (const missing of [n - byzantineQuorum(n), n - byzantineQuorum(n) + 1]) {
        const { run, node } = group(n);
        const ids = Array.from({ length: n - missing }, (_, i) => i + 1).join(" ");
        if (missing > 0) run(`crash ${Array.from({ length: missing }, (_, i) => n - i).join(" ")}`);
        if (ids === "") continue;
        run(`pending ${ids}`);
        for (let tick = 0; tick < 100 && node("1").tip.height === 0; tick++) {
          run(`stabilize ${ids}`);
          for (const id of ids.split(" ")) if (node(id).sealing !== null) run(`propose ${id} b${tick}`);
          run(`tick ${ids}`);
        }
        expect([n, missing, node("1").tip.height]).toEqual([n, missing, n - missing < byzantineQuorum(n) ? 0 : 1]);
      }
    }
  });

  it("asks for a block ever more rarely, so that no late answer is one too many (SPEC 7.1)", () => {
    const { run } = group(4);
    run("byzantine 4", "pending", "propose 2 A", "fsync 2", "deliver 1 type=Prepare", "deliver 3 drop", "execute 1 2");
    const said = [run("fsync 1 2", "forge from=4 Sign 1/0 A!", "deliver 3")];
    for (let tick = 0; tick < 5000; tick++) said.push(run("tick 3"));
    const asked = (peer: number) => said.join("\n").split(`send Fetch 1 A! to ${peer}`).length - 1;
    for (const peer of [1, 2, 4]) expect(asked(peer)).toBeGreaterThan(5);
    // As many as are remembered of a peer.
    for (const peer of [1, 2, 4]) expect(asked(peer)).toBeLessThanOrEqual(16);
  });

  it("lets no promise go, and counts none of its own, before it is durable (SPEC 4.1)", () => {
    const { run, commands, node } = group(1);
    run("propose 1 A", "execute 1");
    expect(node("1").waiting.map(({ record }) => record.type)).toEqual(["proposed", "signed"]);
    run("fsync 1 max=1");
    expect(node("1").waiting.map(({ record }) => record.type)).toEqual(["signed"]);
    run("fsync 1");
    expect(node("1").waiting.map(({ record }) => record.type)).toEqual(["locked"]);
    expect(commands.env.decisions.height).toBe(0);
    run("fsync 1");
    expect(commands.env.decisions.height).toBe(1);
  });

  it("asks the sealer of the view-0 leader for a block as soon as the head has moved (SPEC 4.3)", () => {
    const { run, node } = group(4);
    expect(["1", "2", "3", "4"].map((id) => node(id).sealing !== null)).toEqual([false, true, false, false]);
    const printed = run("propose 2 A", "stabilize");
    expect(printed.indexOf("3 seal 2/0")).toBe(printed.indexOf("3 head 1 A!") + "3 head 1 A!\n  ".length);
  });

  it("signs once in a view, for the hash it executed itself (SPEC 4.6)", () => {
    const { run, node } = group(4);
    run("propose 2 A", "fsync 2", "deliver 1 3", "execute 1 result=hash:X", "execute 3", "deliver 1 3", "fsync");
    run("forge from=2 to=3 Prepare 1/0 B parent=G!", "deliver 3", "execute 3", "fsync 3");
    expect([...node("1").promises]).toContain("sign 1/0 A!X");
    expect([...node("3").promises].filter((promise) => promise.startsWith("sign"))).toEqual(["sign 1/0 A!"]);
  });

  it("commits in the view of its lock only, and not before it has executed the block (SPEC 4.7)", () => {
    const commits = ({ commands }: ReturnType<typeof group>) =>
      commands.env.network.sent.filter(({ from, msg }) => from === "1" && msg.type === "commit").length;
    const late = group(4);
    const { run, view } = late;
    run("propose 2 A", "fsync 2", "deliver 1 3 4 type=Prepare", "execute 2 3 4", "fsync 2 3 4", "deliver 1");
    run("fsync 1");
    expect(view("1").lock).toEqual({ view: 0, hash: "A!" });
    // It leaves view 0 before it has executed the block: too late for this Commit.
    run("forge from=2 to=1 ViewChange 1/1", "forge from=3 to=1 ViewChange 1/1", "forge from=4 to=1 ViewChange 1/1");
    run("deliver 1", "execute 1", "fsync 1");
    expect([view("1").round, commits(late)]).toEqual([1, 0]);
    const inTime = group(4);
    inTime.run("propose 2 A", "fsync 2", "deliver 1 3 4 type=Prepare", "execute 2 3 4", "fsync 2 3 4", "deliver 1");
    inTime.run("execute 1", "fsync 1");
    expect(commits(inTime)).toBe(3);
  });

  it("enters the highest view that n - f ask for, and never raises its wish by time alone (SPEC 6.3)", () => {
    const { run, view } = group(4);
    run("pending 1", "tick 1 n=500", "fsync 1");
    expect(view("1")).toMatchObject({ round: 0, target: 1 });
    run("forge from=2 to=1 ViewChange 1/7", "forge from=3 to=1 ViewChange 1/5", "deliver 1", "fsync 1");
    // It joins the two at 5, where they and it are three.
    expect(view("1")).toMatchObject({ round: 5, target: 5 });
  });

  it("answers a Status of a height below with its own, and tells sync of heights above (SPEC 7.2)", () => {
    const { run } = group(4);
    run("pending", "propose 2 A", "fsync 2", "deliver 1 2 3", "execute 1 2 3", "fsync 1 2 3", "deliver 4 drop");
    run("deliver 1 2 3", "fsync 1 2 3", "deliver 1 2 3", "apply 1 2 3", "deliver drop");
    expect(run("forge from=4 to=1 Status 1/0", "deliver 1")).toContain("1 send Status 2/0 to 4");
    expect(run("forge from=4 to=1 ViewChange 1/1", "deliver 1")).not.toContain("Status");
    expect(run("deliver 4")).toContain("1->4 Status 2/0");
    expect(run("tick 4 n=5")).toContain("4 behind 1 from 1");
    expect(run("forge from=2 to=4 Status 9/0", "deliver 4")).toContain("4 behind 8 from 2");
  });

  it("screens by the heading what nothing would come of (SPEC 7.6)", () => {
    const { run, screen, view } = group(4, 1);
    run("propose 2 A", "fsync 2", "deliver 1", "execute 1", "fsync 1");
    expect(view("1").height).toBe(1);
    const vote = { type: "sign", height: 1, view: 0, hash: "A!" } as const;
    const drop = (code: string | null) => ({ take: false, code });
    const take = { take: true };
    expect(screen("1", "3", vote)).toEqual(take);
    run("forge from=3 to=1 Sign 1/0 A!", "deliver 1");
    expect(screen("1", "3", vote)).toEqual(drop(null));
    expect(screen("1", "5", vote)).toEqual(drop("NOT_A_SEALER"));
    expect(screen("1", "3", { ...vote, height: 0 })).toEqual(drop(null));
    expect(screen("1", "3", { type: "viewChange", height: 0, view: 1, lock: null })).toEqual(drop("STALE"));
    // The first contradiction is evidence; more of them are not looked at.
    expect(screen("1", "3", { ...vote, hash: "B!" })).toEqual(take);
    run("forge from=3 to=1 Sign 1/0 B!", "deliver 1");
    expect(screen("1", "3", { ...vote, hash: "C!" })).toEqual(drop("EQUIVOCATION"));
    const prepare = { type: "prepare", height: 1, view: 0, proposal: { id: "A" }, justify: null } as const;
    expect(screen("1", "2", prepare)).toEqual(drop(null));
    expect(screen("1", "4", prepare)).toEqual(drop("NOT_THE_LEADER"));
    expect(screen("1", "4", { type: "body", height: 1, executed: { hash: "A!" } })).toEqual(drop("UNEXPECTED"));
    // A certificate that proved nothing is the last one of its sender that is looked at.
    run("forge from=4 to=1 ViewChange 1/1 lock=Z!@5:3", "deliver 1");
    const claim = { view: 6, hash: "Z!" };
    expect(screen("1", "4", { type: "viewChange", height: 1, view: 2, lock: claim })).toEqual(drop("BAD_CERTIFICATE"));
    expect(screen("1", "4", { type: "viewChange", height: 1, view: 2, lock: null })).toEqual(take);
    // Once one is known to be ahead, what it says of far heights is not read.
    expect(screen("1", "4", { ...vote, height: 9 })).toEqual(take);
    run("forge from=4 to=1 Status 9/0", "deliver 1");
    expect(screen("1", "4", { ...vote, height: 9 })).toEqual(drop("TOO_FAR"));
  });
});
