import { noMetrics } from "@fb/runtime";
import { createFakeClock, createSeededRng } from "@fb/runtime/testing";
import { concatBytes, MODULES, type ModuleName, type NodeId } from "@fb/types";
import type { Stream } from "@libp2p/interface";
import { streamPair } from "@libp2p/utils";
import { describe, expect, it, vi } from "vitest";
import { LIMITS, NETWORK_BUDGETS, NETWORK_PRICES } from "../limits.ts";
import { p2pMetrics } from "../metrics.ts";
import { createPeerBudgets } from "../peers/peer-budgets.ts";
import type { PeerConnection } from "../peers/peer-connection.ts";
import { ACCEPT_BYTE, type StreamPurpose } from "./frames.ts";
import { createGroupLink, type GroupLinkDeps } from "./group-link.ts";
import { createSendQueue } from "./send-queue.ts";
import { createSendRooms } from "./send-room.ts";
import { createSendScheduler } from "./send-scheduler.ts";

const PEER = "0b".repeat(64) as NodeId;
const OTHER = "0c".repeat(64) as NodeId;
const MAX_PAYLOAD = 64 * 1024;
const WAIT = { timeout: 5_000, interval: 1 };

/** A link whose peer is played by the test: it accepts what `accepts` says. */
function setUp(accepts: () => boolean) {
  const clock = createFakeClock();
  const budgets = createPeerBudgets(clock, () => true).group();
  const charged: number[] = [];
  const asked: ModuleName[] = [];
  const ourEnds = new Map<ModuleName, Stream>();
  const theirEnds = new Map<ModuleName, Stream>();
  const events: string[] = [];
  const aborts: string[] = [];
  /** Our ends of the streams that the peer opened. */
  const accepted = new Map<ModuleName, Stream>();
  /** What inbound streams told their muxer. */
  const flowCalls: string[] = [];
  const scheduler = createSendScheduler();
  const connection = {
    nodeId: PEER,
    scheduler,
    wake: () => void setImmediate(() => scheduler.pump()),
    heard() {},
    charge: (micros: number) => void charged.push(micros),
    accept: (stream: Stream) => void stream.send(Uint8Array.of(ACCEPT_BYTE)),
    abort: (cause: string) => void aborts.push(cause),
    async openStream(purpose: StreamPurpose) {
      if (purpose.type !== "channel") return null;
      asked.push(purpose.module);
      if (!accepts()) return null;
      const [ours, theirs] = await streamPair({ delay: 0 });
      ourEnds.set(purpose.module, ours);
      theirEnds.set(purpose.module, theirs);
      return ours;
    },
  } as unknown as PeerConnection;
  const rooms = createSendRooms(MAX_PAYLOAD);
  const deps: GroupLinkDeps = {
    clock,
    rng: createSeededRng(1),
    metrics: p2pMetrics(noMetrics),
    maxPayloadBytes: MAX_PAYLOAD,
    budgets,
    rooms,
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
    accepted.set(module, ours);
    link.accept(module, ours);
    return theirs;
  };
  return {
    clock,
    budgets,
    charged,
    asked,
    ourEnds,
    theirEnds,
    events,
    aborts,
    flowCalls,
    link,
    rooms,
    peerOpens,
    ours: accepted,
  };
}

function frame(bytes: number): Uint8Array {
  const queue = createSendQueue({ take: () => true, giveBack() {} });
  queue.push(new Uint8Array(bytes));
  return queue.take(1 << 30);
}

const count = (events: readonly string[], module: ModuleName) =>
  events.filter((event) => event.startsWith(module)).length;

const settle = (clock: ReturnType<typeof createFakeClock>) => clock.advanceAsync(0);

describe("group link (SPEC 4.4)", () => {
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

  /** Messages of one byte that one peer may bring at once. */
  const BURST = (NETWORK_BUDGETS.module.burstMs * 1000) / NETWORK_PRICES.message;
  const PER_SECOND = (NETWORK_BUDGETS.module.msPerSecond * 1000) / NETWORK_PRICES.message;
  const short = (count: number) => concatBytes(...Array.from({ length: count }, () => frame(1)));

  it("stops in the middle of what arrived when the budget is used up, and reads nothing more (SPEC 6.1, 6.3)", async () => {
    const { clock, charged, events, flowCalls, link, peerOpens } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const theirs = await peerOpens("sync");
    // One piece of bytes holds three times what the budget allows.
    theirs.send(short(3 * BURST));
    const most = BURST + LIMITS.pieceMicros / NETWORK_PRICES.message;
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(0.9 * BURST), WAIT);
    await settle(clock);
    expect(events.length).toBeLessThanOrEqual(1 + most);
    expect(flowCalls.at(-1)).toBe("sendPause");
    const before = events.length;
    theirs.send(short(10));
    await clock.advanceAsync(1_000);
    expect(events.length - before).toBeLessThanOrEqual(PER_SECOND + most - BURST);
    expect(events.length - before).toBeGreaterThan(0.9 * PER_SECOND);
    // The peer pays for it in all its groups together, too.
    const total = charged.reduce((sum, micros) => sum + micros, 0);
    expect(total).toBeGreaterThanOrEqual((events.length - 1) * NETWORK_PRICES.message);
  });

  it("survives that room can no longer be announced, because the connection is closing", async () => {
    const { clock, events, link, peerOpens, ours } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const theirs = await peerOpens("sync");
    theirs.send(short(BURST + 100));
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(0.9 * BURST), WAIT);
    const flow = ours.get("sync") as unknown as { sendResume(): void };
    let asked = 0;
    flow.sendResume = () => {
      asked++;
      throw new RangeError("closing");
    };
    await clock.advanceAsync(5_000);
    await vi.waitFor(() => expect(asked).toBeGreaterThan(0), WAIT);
    expect(events.length).toBe(1 + BURST + 100);
  });

  it("knows the peer again when it opens a new stream", async () => {
    const { clock, events, link, peerOpens } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    (await peerOpens("sync")).send(short(2 * BURST));
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(0.9 * BURST), WAIT);
    await settle(clock);
    const before = events.length;
    (await peerOpens("sync")).send(short(BURST));
    await settle(clock);
    await settle(clock);
    expect(events.length - before).toBeLessThanOrEqual(LIMITS.pieceMicros / NETWORK_PRICES.message);
    // Other modules have budgets of their own.
    (await peerOpens("consensus")).send(short(1));
    await vi.waitFor(() => expect(events.at(-1)).toBe("consensus 1"), WAIT);
  });

  it("makes a peer that goes on with its faults wait, except in consensus (SPEC 4.6)", async () => {
    const { clock, budgets, events, link, peerOpens } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const [sync, votes] = [await peerOpens("sync"), await peerOpens("consensus")];
    for (let fault = 0; fault < 3; fault++) budgets.penalise(PEER);
    for (const lane of [sync, votes]) lane.send(short(BURST / 2));
    await vi.waitFor(() => expect(count(events, "consensus")).toBe(BURST / 2), WAIT);
    await clock.advanceAsync(1_000);
    expect(count(events, "sync")).toBeLessThanOrEqual(LIMITS.pieceMicros / NETWORK_PRICES.message);
    await clock.advanceAsync(10_000);
    await vi.waitFor(() => expect(count(events, "sync")).toBe(BURST / 2), WAIT);
  });

  it("lets other streams have their turn while one peer's flood is worked off (SPEC 4.8)", async () => {
    const { events, link, peerOpens } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const flood = await peerOpens("txs");
    const votes = await peerOpens("consensus");
    flood.send(short(10_000));
    await vi.waitFor(() => expect(events).toContain("txs 1"), WAIT);
    votes.send(short(1));
    await vi.waitFor(() => expect(events).toContain("consensus 1"), WAIT);
    const flooded = events.indexOf("consensus 1");
    // It does not wait for the end of the flood. How much of it was worked off meanwhile is a matter of the machine.
    expect(flooded).toBeLessThan(5_000);
    await vi.waitFor(() => expect(events.length).toBe(10_002), WAIT);
  });

  it("ends the connection of a peer that announces a message above the limit", async () => {
    const { aborts, events, link, peerOpens } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const theirs = await peerOpens("consensus");
    theirs.send(Uint8Array.of(0, 1, 0, 1));
    await vi.waitFor(() => expect(aborts).toEqual(["oversize"]), WAIT);
    expect(events).toEqual(["up"]);
  });

  it("drops what the group has no room for, and gives the room back when it ends (SPEC 6.4)", async () => {
    const { link, rooms } = setUp(() => true);
    await vi.waitFor(() => expect(link.isUp).toBe(true), WAIT);
    const half = () => new Uint8Array(MAX_PAYLOAD / 2);
    const sent = Array.from({ length: 5 }, () => link.send("sync", half()));
    expect(sent).toEqual(["queued", "queued", "queued", "dropped", "dropped"]);
    expect(link.send("consensus", half())).toBe("queued");
    const rest = [rooms.sync.take(OTHER, half()), rooms.sync.take(OTHER, half())];
    expect(rest).toEqual([true, false]);
    link.close();
    expect(rooms.sync.take(OTHER, half())).toBe(true);
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
