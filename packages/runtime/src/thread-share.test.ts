import { describe, expect, it } from "vitest";
import { createThreadShare, type ThreadLane } from "./thread-share.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A party that works off `pieces` of 1 ms, and writes its name down for each. */
async function work(lane: ThreadLane, name: string, pieces: number, done: string[]): Promise<void> {
  for (let i = 0; i < pieces; i++) {
    await lane.take(name, 1_000);
    done.push(name);
  }
}

/** What was done in each of many turns in which something was; in the first one also what was done at once. */
async function turns(done: string[]): Promise<string[]> {
  const seen: string[] = [];
  for (let i = 0; i < 200; i++) {
    await turn();
    seen.push(done.splice(0).join(""));
  }
  return seen.filter((text) => text !== "");
}

describe("a share of the thread", () => {
  it("is given at once while there is room, and at most a slice of it in one turn", async () => {
    const [lane] = createThreadShare({ sliceMs: 5, lanes: 1 });
    expect([1, 2, 3, 4, 5].map(() => lane!.take("a", 1_000))).toEqual(Array(5).fill(null));
    expect(lane!.take("a", 1_000)).toBeInstanceOf(Promise);
    const done: string[] = [];
    void work(createThreadShare({ sliceMs: 5, lanes: 1 })[0]!, "a", 100, done);
    const [first, ...later] = await turns(done);
    expect(first!.length).toBeLessThanOrEqual(10);
    expect(later.length).toBeGreaterThanOrEqual(18);
    for (const text of later) expect(text.length).toBeLessThanOrEqual(5);
  });

  it("goes to the parties of a lane in turn, however much one of them wants", async () => {
    const [lane] = createThreadShare({ sliceMs: 4, lanes: 1 });
    const done: string[] = [];
    void work(lane!, "a", 40, done);
    void work(lane!, "b", 4, done);
    const order = (await turns(done)).join("");
    expect(order).toHaveLength(44);
    expect(order.slice(0, 8)).toMatch(/^(ab|ba){4}$/);
  });

  it("goes to the first lane first, and every fourth turn to another", async () => {
    const [first, last] = createThreadShare({ sliceMs: 1, lanes: 2 });
    const done: string[] = [];
    void work(first!, "-", 1, done);
    for (const name of ["a", "b"]) void work(first!, name, 20, done);
    for (const name of ["y", "z"]) void work(last!, name, 20, done);
    const order = (await turns(done)).join("").slice(1, 25);
    const ofLast = [...order].filter((name) => name === "y" || name === "z").length;
    expect(ofLast).toBeGreaterThanOrEqual(5);
    expect(ofLast).toBeLessThanOrEqual(7);
  });

  it("starves no lane between two that are busy", async () => {
    const lanes = createThreadShare({ sliceMs: 1, lanes: 3 });
    const done: string[] = [];
    for (const [i, name] of ["a", "b", "c"].entries()) void work(lanes[i]!, name, 100, done);
    const order = (await turns(done)).join("").slice(0, 80);
    const count = (name: string) => [...order].filter((one) => one === name).length;
    expect(count("b")).toBeGreaterThanOrEqual(9);
    expect(count("c")).toBeGreaterThanOrEqual(9);
    expect(count("a")).toBeGreaterThan(55);
  });

  it("gives a piece larger than the slice a turn of its own", async () => {
    const [lane] = createThreadShare({ sliceMs: 1, lanes: 1 });
    const done: string[] = [];
    for (const name of ["a", "b", "c"]) void Promise.resolve(lane!.take(name, 50_000)).then(() => done.push(name));
    expect(await turns(done)).toEqual(["ab", "c"]);
  });
});
