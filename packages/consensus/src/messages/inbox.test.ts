import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { Inbox, type InboxItem } from "./inbox.ts";

const said = (from: string) => ({ type: "bytes", from: from as NodeId, payload: new Uint8Array(6) }) as const;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp(fail = (_: InboxItem<never>) => {}) {
  const handled: string[] = [];
  const errors: unknown[] = [];
  const inbox = new Inbox<never>({
    handle: (item) => {
      fail(item);
      handled.push(item.type === "bytes" ? item.from : item.type);
    },
    failed: (error) => errors.push(error),
    emptied: () => {},
  });
  return { handled, errors, inbox };
}

describe("the inbox (SPEC 2.1)", () => {
  it("hands on what sealers say at once, however much others say", async () => {
    const { handled, inbox } = setUp();
    for (let i = 0; i < 5_000; i++) inbox.putLater(said("observer"));
    inbox.put(said("sealer"));
    await null;
    expect(handled).toEqual(["sealer"]);
    for (let turns = 1; turns <= 78; turns++) {
      await turn();
      inbox.put(said("sealer"));
      await null;
      // Whatever waits: a few of the others between two of a sealer.
      expect(handled.length - handled.lastIndexOf("sealer")).toBe(1);
      expect(handled.filter((from) => from === "observer").length).toBeLessThanOrEqual(64 * (turns + 1));
    }
    await turn();
    await turn();
    expect(handled.filter((from) => from === "observer")).toHaveLength(5_000);
    expect(handled.filter((from) => from === "sealer")).toHaveLength(79);
  });

  it("forgets what others said when the engine stops, and when handling failed", async () => {
    const stopped = setUp();
    stopped.inbox.putLater(said("observer"));
    stopped.inbox.clear();
    await turn();
    expect(stopped.handled).toEqual([]);
    const failing = setUp(() => {
      throw new RangeError("a bug of ours");
    });
    failing.inbox.putLater(said("observer"));
    failing.inbox.put({ type: "tick" });
    await turn();
    await turn();
    expect(failing.errors).toHaveLength(1);
    expect(failing.handled).toEqual([]);
  });
});
