import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { Lane } from "./lanes.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Works that end when told to. */
function works(lane: Lane) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    run: (name: string, signal = new AbortController().signal) =>
      lane.run(signal, () => {
        begun.push(name);
        return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
      }),
    end: async (name: string) => {
      ends.get(name)!();
      await settle();
    },
  };
}

describe("a lane", () => {
  it("has so many places, and a line that keeps its order", async () => {
    const { begun, run, end } = works(new Lane(2, 10));
    const all = ["a", "b", "c", "d"].map((name) => run(name));
    await settle();
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "c"]);
    for (const name of ["a", "c", "d"]) await end(name);
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
  });

  it("refuses whoever comes when the line is full", async () => {
    const { run, end } = works(new Lane(1, 1));
    const all = [run("a"), run("b")];
    await expect(run("c")).rejects.toMatchObject({ code: "CALL_QUEUE_FULL" });
    await end("a");
    const next = run("d");
    await end("b");
    await end("d");
    await Promise.all([...all, next]);
  });

  it("forgets whoever leaves the line, and never begins that work", async () => {
    const { begun, run, end } = works(new Lane(1, 2));
    const controller = new AbortController();
    const first = run("a");
    const [left, last] = [run("b", controller.signal), run("c")];
    controller.abort();
    await expect(left).rejects.toMatchObject({ code: "CALL_ABORTED" });
    await expect(run("d", controller.signal)).rejects.toMatchObject({ code: "CALL_ABORTED" });
    await end("a");
    await end("c");
    await Promise.all([first, last]);
    expect(begun).toEqual(["a", "c"]);
  });

  it("keeps no listener of a call that came to its place", async () => {
    const { run, end } = works(new Lane(1, 2));
    const { signal } = new AbortController();
    const all = [run("a", signal), run("b", signal)];
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await end("a");
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    await end("b");
    await Promise.all(all);
  });

  it("gives the place of a work that failed to the next", async () => {
    const lane = new Lane(1, 1);
    const { signal } = new AbortController();
    const failed = lane.run(signal, () => Promise.reject(new TypeError("oops")));
    const next = lane.run(signal, async () => 1);
    await expect(failed).rejects.toThrow("oops");
    expect(await next).toBe(1);
  });
});
