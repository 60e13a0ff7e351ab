import { type GroupChannel, type GroupId, MODULES, type ModuleName, type NodeId } from "@fb/types";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** Three connected nodes that can open channels. */
export interface ChannelFixture {
  /** Three distinct node ids. */
  readonly nodes: readonly [NodeId, NodeId, NodeId];
  /** Opens the channel of a group on node 0, 1 or 2. */
  open(node: 0 | 1 | 2, groupId: GroupId, members: readonly NodeId[]): Promise<GroupChannel>;
  close(): Promise<void>;
}

interface Received {
  readonly from: NodeId;
  readonly module: ModuleName;
  readonly payload: Uint8Array;
}

const GROUP_1 = 1 as GroupId;
const GROUP_2 = 2 as GroupId;
const WAIT = { timeout: 20_000, interval: 2 };

function listen(channel: GroupChannel): Received[] {
  const inbox: Received[] = [];
  for (const module of Object.keys(MODULES) as ModuleName[]) {
    channel.onMessage(module, (from, payload) => inbox.push({ from, module, payload: payload.slice() }));
  }
  return inbox;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function texts(inbox: readonly Received[]): string[] {
  return inbox.map((message) => new TextDecoder().decode(message.payload));
}

/** Sends until it is queued and seen: a marker after which everything sent earlier has arrived or never will. */
async function marker(from: GroupChannel, to: NodeId, inbox: readonly Received[], value: string): Promise<void> {
  await vi.waitFor(() => expect(from.send(to, "sync", text(value))).toBe("queued"), WAIT);
  await vi.waitFor(() => expect(texts(inbox)).toContain(value), WAIT);
}

/** What every `GroupChannel` of `@fb/types` promises. `create` is called for each test. */
export function describeChannel(name: string, create: () => Promise<ChannelFixture>): void {
  describe(`GroupChannel contract: ${name}`, () => {
    let fixture: ChannelFixture;
    let ids: readonly [NodeId, NodeId, NodeId];
    beforeEach(async () => {
      fixture = await create();
      ids = fixture.nodes;
    });
    afterEach(() => fixture.close());

    const three = async (groupId: GroupId = GROUP_1) => {
      const a = await fixture.open(0, groupId, ids);
      const b = await fixture.open(1, groupId, ids);
      const c = await fixture.open(2, groupId, ids);
      for (const channel of [a, b, c]) await vi.waitFor(() => expect(channel.peers()).toHaveLength(2), WAIT);
      return [a, b, c] as const;
    };

    describe("messages", () => {
      it("arrive byte for byte, with sender and module, each once", async () => {
        const [a, b] = await three();
        const inbox = listen(b);
        const payload = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 255);
        const original = payload.slice();
        for (const module of Object.keys(MODULES) as ModuleName[]) {
          expect(a.send(ids[1], module, payload)).toBe("queued");
        }
        await vi.waitFor(() => expect(inbox.length).toBe(3), WAIT);
        expect(new Set(inbox.map((message) => message.module))).toEqual(new Set(Object.keys(MODULES)));
        for (const message of inbox) {
          expect(message.from).toBe(ids[0]);
          expect(message.payload).toEqual(payload);
        }
        expect(payload).toEqual(original);
      });

      it("keep their order within a module", async () => {
        const [a, b] = await three();
        const inbox = listen(b);
        const sent = Array.from({ length: 500 }, (_, i) => `message ${i}`);
        for (const value of sent) expect(a.send(ids[1], "txs", text(value))).toBe("queued");
        await vi.waitFor(() => expect(inbox.length).toBe(sent.length), WAIT);
        expect(texts(inbox)).toEqual(sent);
      });

      it("may be empty, or as long as the limit, and never longer", async () => {
        const [a, b] = await three();
        const inbox = listen(b);
        expect(a.send(ids[1], "sync", new Uint8Array(0))).toBe("queued");
        const longest = new Uint8Array(a.maxPayloadBytes);
        longest[longest.length - 1] = 42;
        expect(a.send(ids[1], "sync", longest)).toBe("queued");
        await vi.waitFor(() => expect(inbox.length).toBe(2), WAIT);
        expect(inbox[0]?.payload).toHaveLength(0);
        expect(inbox[1]?.payload).toHaveLength(longest.length);
        expect(inbox[1]?.payload.at(-1)).toBe(42);
        expect(a.send(ids[1], "sync", new Uint8Array(a.maxPayloadBytes + 1))).toBe("dropped");
      });

      it("reach every connected member by broadcast", async () => {
        const [a, b, c] = await three();
        const inboxes = [listen(b), listen(c)];
        const own = listen(a);
        expect(a.broadcast("consensus", text("to all"))).toBe(2);
        for (const inbox of inboxes) await vi.waitFor(() => expect(texts(inbox)).toEqual(["to all"]), WAIT);
        expect(own).toHaveLength(0);
      });

      it("are not sent to oneself, to strangers or to members who are away", async () => {
        const a = await fixture.open(0, GROUP_1, ids);
        const stranger = "ab".repeat(64) as NodeId;
        for (const peer of [ids[0], ids[1], stranger]) expect(a.send(peer, "sync", text("x"))).toBe("dropped");
        expect(a.broadcast("sync", text("x"))).toBe(0);
      });

      it("stop reaching a handler that unsubscribed, whose place is then free", async () => {
        const [a, b] = await three();
        const first: string[] = [];
        const second: string[] = [];
        const stop = b.onMessage("sync", (_, payload) => first.push(new TextDecoder().decode(payload)));
        expect(() => b.onMessage("sync", () => {})).toThrow(expect.objectContaining({ code: "HANDLER_TAKEN" }));
        a.send(ids[1], "sync", text("one"));
        await vi.waitFor(() => expect(first).toEqual(["one"]), WAIT);
        stop();
        b.onMessage("sync", (_, payload) => second.push(new TextDecoder().decode(payload)));
        a.send(ids[1], "sync", text("two"));
        await vi.waitFor(() => expect(second).toEqual(["two"]), WAIT);
        expect(first).toEqual(["one"]);
      });
    });

    describe("groups", () => {
      it("do not hear each other", async () => {
        const [a1, b1] = await three(GROUP_1);
        const [a2, b2] = await three(GROUP_2);
        const inbox1 = listen(b1);
        const inbox2 = listen(b2);
        a1.send(ids[1], "sync", text("group 1"));
        a2.send(ids[1], "sync", text("group 2"));
        await marker(a1, ids[1], inbox1, "end 1");
        await marker(a2, ids[1], inbox2, "end 2");
        expect(texts(inbox1)).toEqual(["group 1", "end 1"]);
        expect(texts(inbox2)).toEqual(["group 2", "end 2"]);
      });
    });

    describe("membership", () => {
      it("is needed in both directions", async () => {
        const all = await fixture.open(0, GROUP_1, ids);
        const withoutA = await fixture.open(1, GROUP_1, [ids[1], ids[2]]);
        const witness = await fixture.open(2, GROUP_1, ids);
        const inbox = listen(witness);
        const blocked = [listen(withoutA), listen(all)];
        await vi.waitFor(() => expect(witness.peers()).toHaveLength(2), WAIT);
        await marker(all, ids[2], inbox, "from a");
        await marker(withoutA, ids[2], inbox, "from b");
        expect(all.peers()).toEqual([ids[2]]);
        expect(withoutA.peers()).toEqual([ids[2]]);
        expect(all.send(ids[1], "sync", text("x"))).toBe("dropped");
        expect(withoutA.send(ids[0], "sync", text("x"))).toBe("dropped");
        expect(blocked).toEqual([[], []]);
      });

      it("ends at once for a removed member, on both sides, and can come back", async () => {
        const [a, b, c] = await three();
        const seenByA: [NodeId, boolean][] = [];
        const seenByB: [NodeId, boolean][] = [];
        a.onPeer((peer, up) => seenByA.push([peer, up]));
        b.onPeer((peer, up) => seenByB.push([peer, up]));
        a.setMembers([ids[0], ids[2]]);
        expect(a.peers()).toEqual([ids[2]]);
        expect(a.send(ids[1], "sync", text("x"))).toBe("dropped");
        expect(seenByA).toContainEqual([ids[1], false]);
        await vi.waitFor(() => expect(seenByB).toContainEqual([ids[0], false]), WAIT);
        expect(b.send(ids[0], "sync", text("x"))).toBe("dropped");
        expect(c.peers()).toHaveLength(2);
        a.setMembers(ids);
        await vi.waitFor(() => expect(a.peers()).toContain(ids[1]), WAIT);
        const inbox = listen(b);
        await marker(a, ids[1], inbox, "again");
      });

      it("may be learned later by either side: the channel opens once both know", async () => {
        const a = await fixture.open(0, GROUP_1, [ids[0], ids[1]]);
        const b = await fixture.open(1, GROUP_1, [ids[1]]);
        const inbox = listen(b);
        expect(a.peers()).toEqual([]);
        b.setMembers([ids[0], ids[1]]);
        await marker(a, ids[1], inbox, "late");
        expect(b.peers()).toEqual([ids[0]]);
      });
    });

    describe("peers", () => {
      it("are listed sorted and announced: those present at subscription, then those who come and go", async () => {
        const a = await fixture.open(0, GROUP_1, ids);
        const b = await fixture.open(1, GROUP_1, ids);
        await vi.waitFor(() => expect(a.peers()).toEqual([ids[1]]), WAIT);
        const seen: [NodeId, boolean][] = [];
        const stop = a.onPeer((peer, up) => seen.push([peer, up]));
        expect(seen).toEqual([[ids[1], true]]);
        const c = await fixture.open(2, GROUP_1, ids);
        await vi.waitFor(() => expect(a.peers()).toHaveLength(2), WAIT);
        expect(a.peers()).toEqual([ids[1], ids[2]].sort());
        expect(seen).toEqual([
          [ids[1], true],
          [ids[2], true],
        ]);
        await b.close();
        await vi.waitFor(() => expect(a.peers()).toEqual([ids[2]]), WAIT);
        expect(seen.at(-1)).toEqual([ids[1], false]);
        stop();
        await c.close();
        await vi.waitFor(() => expect(a.peers()).toEqual([]), WAIT);
        expect(seen).toHaveLength(3);
      });

      it("are announced before their first message", async () => {
        const b = await fixture.open(1, GROUP_1, ids);
        b.onPeer((peer, up) => up && b.send(peer, "sync", text("hello")));
        const a = await fixture.open(0, GROUP_1, ids);
        const seen: string[] = [];
        a.onPeer((_, up) => seen.push(up ? "up" : "down"));
        a.onMessage("sync", (from) => {
          seen.push("message");
          expect(a.send(from, "sync", text("answer"))).toBe("queued");
        });
        const answers = listen(b);
        await vi.waitFor(() => expect(seen).toContain("up"), WAIT);
        await vi.waitFor(() => expect(seen.length === 1 || texts(answers).includes("answer")).toBe(true), WAIT);
        expect(seen[0]).toBe("up");
      });
    });

    describe("bounds", () => {
      it("drops what does not fit in the queue, tells so, and goes on afterwards", async () => {
        const [a, b] = await three();
        const inbox = listen(b);
        const big = new Uint8Array(1024 * 1024);
        let queued = 0;
        while (a.send(ids[1], "txs", big) === "queued" && queued < 4096) queued++;
        expect(queued).toBeGreaterThan(0);
        expect(queued).toBeLessThan(4096);
        await vi.waitFor(() => expect(inbox.length).toBe(queued), { timeout: 60_000, interval: 5 });
        await marker(a, ids[1], inbox, "after the flood");
      });
    });

    describe("faults", () => {
      it("end the link of a peer that must be disconnected, on both sides", async () => {
        const [a, b] = await three();
        const seen: [NodeId, boolean][] = [];
        b.onPeer((peer, up) => seen.push([peer, up]));
        a.report(ids[1], "ignore", "STALE");
        a.report(ids[1], "penalise", "BAD_SIGNATURE");
        expect(a.peers()).toContain(ids[1]);
        a.report(ids[1], "disconnect", "FORGED");
        expect(a.peers()).not.toContain(ids[1]);
        await vi.waitFor(() => expect(seen).toContainEqual([ids[0], false]), WAIT);
      });
    });

    describe("close", () => {
      it("is idempotent, silent afterwards, and the group can open again", async () => {
        const [a, b] = await three();
        const inboxA = listen(a);
        const inboxB = listen(b);
        await a.close();
        await a.close();
        expect(a.peers()).toEqual([]);
        expect(a.send(ids[1], "sync", text("x"))).toBe("dropped");
        expect(a.broadcast("sync", text("x"))).toBe(0);
        await vi.waitFor(() => expect(b.peers()).toEqual([ids[2]]), WAIT);
        expect(b.send(ids[0], "sync", text("x"))).toBe("dropped");
        const again = await fixture.open(0, GROUP_1, ids);
        await marker(again, ids[1], inboxB, "back");
        expect(texts(inboxB)).toEqual(["back"]);
        expect(inboxA).toHaveLength(0);
      });
    });
  });
}
