import { noMetrics } from "@fb/runtime";
import { createFakeClock, createSeededRng } from "@fb/runtime/testing";
import { concatBytes, MODULES, type ModuleName, type NodeId } from "@fb/types";
import type { Stream } from "@libp2p/interface";
import { streamPair } from "@libp2p/utils";
import { describe, expect, it, vi } from "vitest";
import type { StreamPurpose } from "./channel-frames.ts";
import { createGroupLink, type GroupLinkDeps } from "./group-link.ts";
import { LIMITS } from "./limits.ts";
import { p2pMetrics } from "./metrics.ts";
import type { PeerConnection } from "./peer-connection.ts";
import { createSendQueue } from "./send-queue.ts";
import { createSendScheduler } from "./send-scheduler.ts";

const PEER = "0b".repeat(64) as NodeId;
const MAX_PAYLOAD = 64 * 1024;
const WAIT = { timeout: 5_000, interval: 1 };

/** A link whose peer is played by the test: it accepts what `accepts` says. */
function setUp(accepts: () => boolean, inboundBytesPerSecond = 1 << 30) {
  const clock = createFakeClock();
  const asked: ModuleName[] = [];
  const ourEnds = new Map<ModuleName, Stream>();
  const theirEnds = new Map<ModuleName, Stream>();
  const events: string[] = [];
  const aborts: string[] = [];
  /** What inbound streams told their muxer. */
  const flowCalls: string[] = [];
  const scheduler = createSendScheduler();
  const connection = {
    nodeId: PEER,
    scheduler,
    wake: () => void setImmediate(() => scheduler.pump()),
    heard() {},
    abort: (cause: string) => void aborts.push(cause),
    async openStream(purpose: StreamPurpose) {
      if (purpose.kind !== "channel") return null;
      asked.push(purpose.module);
      if (!accepts()) return null;
      const [ours, theirs] = await streamPair({ delay: 0 });
      ourEnds.set(purpose.module, ours);
      theirEnds.set(purpose.module, theirs);
      return ours;
    },
  } as unknown as PeerConnection;
  const deps: GroupLinkDeps = {
    clock,
    rng: createSeededRng(1),
    metrics: p2pMetrics(noMetrics),
    maxPayloadBytes: MAX_PAYLOAD,
    inboundBytesPerSecond,
    onUp: () => events.push("up"),
    onDown: () => events.push("down"),
    onMessage: (_, module, payload) => events.push(`${module} ${payload.length}`),
  };
  const link = createGroupLink(1, connection, deps);
  /** The peer opens its stream of a module to us. */
  const peerOpens = async (module: ModuleName) => {
    const [theirs, ours] = await streamPair({ delay: 0 });
    const flow = ours as unknown as Record<"sendPause" | "sendResume", () => void>;
    for (const name of ["sendPause", "sendResume"] as const) {
      const original = flow[name].bind(ours);
      flow[name] = () => {
        flowCalls.push(name);
        original();
      };
    }
    link.accept(module, ours);
    return theirs;
  };
  return { clock, asked, ourEnds, theirEnds, events, aborts, flowCalls, link, peerOpens };
}

function frame(bytes: number): Uint8Array {
  const queue = createSendQueue(1 << 30);
  queue.push(new Uint8Array(bytes));
  return queue.take(1 << 30);
}

const settle = (clock: ReturnType<typeof createFakeClock>) => clock.advanceAsync(0);

describe("group link", () => {
  it("asks with one stream, opens the others when it is accepted, then is up", async () => {
    const { clock, asked, events, link } = setUp(() => true);
    expect(asked).toEqual(["consensus"]);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    await settle(clock);
    expect([...asked].sort()).toEqual(Object.keys(MODULES).sort());
    expect(events).toEqual(["up"]);
  });

  it("asks again with growing pauses while it is refused", async () => {
    const { clock, asked, events, link } = setUp(() => false);
    await clock.advanceAsync(120_000);
    expect(new Set(asked)).toEqual(new Set(["consensus"]));
    expect(asked.length).toBeGreaterThan(8);
    expect(asked.length).toBeLessThan(30);
    expect(events).toEqual([]);
    link.close();
    const count = asked.length;
    await clock.advanceAsync(120_000);
    expect(asked.length).toBe(count);
    expect(clock.pending()).toBe(0);
  });

  it("asks at once when the peer opened a stream to us, and holds its messages until it is up itself", async () => {
    let accepts = false;
    const { clock, events, link, peerOpens } = setUp(() => accepts);
    await settle(clock);
    accepts = true;
    const theirs = await peerOpens("sync");
    theirs.send(frame(3));
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    await vi.waitFor(() => expect(events).toEqual(["up", "sync 3"]), WAIT);
  });

  it("falls when any stream ends, tells once, and opens again", async () => {
    const { clock, theirEnds, events, link } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    theirEnds.get("txs")!.abort(new RangeError("gone"));
    await vi.waitFor(() => expect(events).toEqual(["up", "down"]), WAIT);
    expect(link.send("consensus", new Uint8Array(1))).toBe("dropped");
    await vi.waitFor(async () => {
      await clock.advanceAsync(LIMITS.channelRetryBaseMs);
      expect(events).toEqual(["up", "down", "up"]);
    }, WAIT);
  });

  it("keeps the inbound budget by not reading on", async () => {
    const { clock, events, flowCalls, link, peerOpens } = setUp(() => true, 1000);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const theirs = await peerOpens("sync");
    const big = `sync ${MAX_PAYLOAD}`;
    // The burst is one longest payload; the second one goes into debt for about 70 s, which the third must wait.
    theirs.send(frame(MAX_PAYLOAD));
    await vi.waitFor(() => expect(events).toEqual(["up", big]), WAIT);
    theirs.send(frame(MAX_PAYLOAD));
    await clock.advanceAsync(5_000);
    await vi.waitFor(() => expect(events).toEqual(["up", big, big]), WAIT);
    // The second one was delivered while the stream resumed; the new pause must come after that.
    expect(flowCalls).toEqual(["sendPause", "sendResume", "sendPause", "sendResume", "sendPause"]);
    theirs.send(frame(10));
    await clock.advanceAsync(60_000);
    expect(events).toEqual(["up", big, big]);
    await clock.advanceAsync(10_000);
    await vi.waitFor(() => expect(events).toEqual(["up", big, big, "sync 10"]), WAIT);
  });

  it("counts a message as more than its bytes, so that short ones do not flood a group (SPEC 6)", async () => {
    const { clock, events, link, peerOpens } = setUp(() => true, 10_000);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const theirs = await peerOpens("sync");
    const short = (count: number) => concatBytes(...Array.from({ length: count }, () => frame(1)));
    // Twenty messages cost more than the burst of one longest payload.
    theirs.send(short(20));
    await vi.waitFor(() => expect(events).toHaveLength(21), WAIT);
    theirs.send(short(1));
    await clock.advanceAsync(1_000);
    expect(events).toHaveLength(21);
    await clock.advanceAsync(1_000);
    await vi.waitFor(() => expect(events).toHaveLength(22), WAIT);
  });

  it("ends the connection of a peer that announces a message above the limit", async () => {
    const { aborts, events, link, peerOpens } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const theirs = await peerOpens("consensus");
    theirs.send(Uint8Array.of(0, 1, 0, 1));
    await vi.waitFor(() => expect(aborts).toEqual(["message too long"]), WAIT);
    expect(events).toEqual(["up"]);
  });

  it("knows how long a queue has made no progress", async () => {
    const { clock, link, ourEnds } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const stream = ourEnds.get("txs")!;
    stream.writableNeedsDrain = true;
    clock.advance(60_000);
    expect(link.stalledMs()).toBe(0);
    let queued = 0;
    while (link.send("txs", new Uint8Array(10_000)) === "queued") queued++;
    expect(queued).toBe(Math.floor((1.25 * MAX_PAYLOAD) / 10_064));
    clock.advance(7_000);
    await settle(clock);
    expect(link.stalledMs()).toBe(7_000);
    stream.dispatchEvent(new Event("drain"));
    await vi.waitFor(() => expect(link.stalledMs()).toBe(0), WAIT);
    expect(link.send("txs", new Uint8Array(10_000))).toBe("queued");
  });
});
