import { systemClock } from "@fb/runtime";
import { createSeededRng } from "@fb/runtime/testing";
import type { MessageStream, Stream, StreamMuxer } from "@libp2p/interface";
import { multiaddrConnectionPair } from "@libp2p/utils";
import { yamux } from "@libp2p/yamux";
import { describe, expect, it, vi } from "vitest";
import { LIMITS, NETWORK_PRICES } from "../limits.ts";
import { type ConnectionGuard, type GuardDeps, guardedMuxer } from "./guarded-muxer.ts";
import { encodeFrame, FLAG, FRAME } from "./yamux-frames.ts";

const WAIT = { timeout: 10_000, interval: 2 };

interface Side {
  readonly wire: MessageStream;
  readonly muxer: StreamMuxer;
  readonly guard: ConnectionGuard;
  readonly faults: string[];
}

function side(wire: MessageStream, deps: Partial<GuardDeps> = {}): Side {
  const faults: string[] = [];
  let guard: ConnectionGuard | undefined;
  const factory = yamux({
    enableKeepAlive: false,
    maxInboundStreams: LIMITS.streams,
    streamOptions: {
      initialStreamWindowSize: LIMITS.windowBytes,
      maxStreamWindowSize: LIMITS.windowBytes,
      maxReadBufferLength: LIMITS.pausedBytes,
    },
  })();
  const muxer = guardedMuxer(
    factory,
    () => ({
      clock: systemClock,
      charge: () => 0,
      turn: () => null,
      onCut: (fault) => faults.push(fault),
      onThrottle() {},
      ...deps,
    }),
    (_, created) => (guard = created),
  ).createStreamMuxer(wire);
  return { wire, muxer, guard: guard!, faults };
}

function pair(deps: Partial<GuardDeps> = {}): [Side, Side] {
  const [outbound, inbound] = multiaddrConnectionPair({ delay: 0 });
  return [side(outbound), side(inbound, deps)];
}

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe("guarded muxer (SPEC 2.4)", () => {
  it("finds no fault in what two honest sides do, in whatever order (20 seeds)", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const rng = createSeededRng(seed);
      const both = pair({ turn: () => (rng.below(3) === 0 ? Promise.resolve() : null) });
      const open: { stream: Stream; owner: Side }[] = [];
      for (const owner of both) {
        owner.muxer.addEventListener("stream", ({ detail: stream }) => {
          owner.guard.accept(stream);
          stream.addEventListener("message", () => {});
          open.push({ stream, owner });
        });
      }
      for (let step = 0; step < 150; step++) {
        const pick = open[rng.below(Math.max(1, open.length))];
        const kind = rng.below(10);
        try {
          if (kind === 0 || pick === undefined) {
            const owner = both[rng.below(2)]!;
            const stream = await owner.muxer.createStream();
            owner.guard.accept(stream);
            stream.addEventListener("message", () => {});
            open.push({ stream, owner });
          } else if (kind < 6) {
            // As links do: one slice at a time.
            if (pick.stream.writeBufferLength === 0) pick.stream.send(new Uint8Array(1 + rng.below(63 * 1024)));
          } else if (kind === 6) pick.stream.pause();
          else if (kind === 7) pick.stream.resume();
          else if (kind === 8) void pick.stream.close().catch(() => {});
          else pick.stream.abort(new RangeError("enough"));
        } catch {
          // The stream had ended, or what it was told came too late.
        }
        if (rng.below(3) === 0) await turns(rng.below(4));
      }
      for (const { stream } of open) if (stream.readStatus === "paused") stream.resume();
      await turns(20);
      for (const one of both) expect([seed, one.faults]).toEqual([seed, []]);
      for (const one of both) one.wire.abort(new RangeError("over"));
    }
  });

  it("cuts a connection whose peer reads nothing, at a bound in bytes", async () => {
    const [, we] = pair();
    // Nothing leaves any more.
    const wire = we.wire as unknown as { sendData(): { sentBytes: number; canSendMore: boolean } };
    wire.sendData = () => ({ sentBytes: 0, canSendMore: false });
    // Data waits for the connection to drain; answers of yamux do not.
    const answers = we.muxer as unknown as { send(frame: Uint8Array): boolean };
    let most = 0;
    for (let sent = 0; sent < 60_000 && we.faults.length === 0; sent++) {
      answers.send(encodeFrame(FRAME.windowUpdate, FLAG.ack, 1, 0));
      most = Math.max(most, we.wire.writeBufferLength);
    }
    expect(we.faults).toEqual(["unsent"]);
    expect(most).toBeGreaterThan(0.5 * LIMITS.unsentBytes);
    expect(most).toBeLessThanOrEqual(LIMITS.unsentBytes + 100);
    expect(we.wire.status).not.toBe("open");
    expect(we.wire.writeBufferLength).toBe(0);
  });

  it("knows how long nothing has left a connection that must drain", async () => {
    let now = 0;
    const [, we] = pair({ clock: { ...systemClock, monotonic: () => now } });
    expect([we.guard.mustDrain, we.guard.blockedMs()]).toEqual([false, 0]);
    const wire = we.wire as unknown as { sendData(): { sentBytes: number; canSendMore: boolean } };
    wire.sendData = () => ({ sentBytes: 0, canSendMore: false });
    now = 1_000;
    await we.muxer.createStream();
    await turns(2);
    now = 8_000;
    expect([we.guard.mustDrain, we.guard.blockedMs()]).toEqual([true, 7_000]);
    // Something left, and there is more.
    we.wire.dispatchEvent(new Event("drain"));
    await turns(2);
    now = 9_000;
    expect([we.guard.mustDrain, we.guard.blockedMs()]).toEqual([true, 1_000]);
  });

  it("reads nothing while the peer waits for its budget, and holds what had arrived", async () => {
    const waits: number[] = [];
    let go = () => {};
    const [peer, we] = pair({
      clock: {
        ...systemClock,
        after(ms, fn) {
          waits.push(ms);
          go = fn;
          return () => {};
        },
      },
      charge: () => (waits.length === 0 ? 700 : 0),
    });
    let got = 0;
    we.muxer.addEventListener("stream", () => got++);
    const syn = (id: number) => encodeFrame(FRAME.windowUpdate, FLAG.syn, id, 0);
    const perPiece = Math.ceil(
      (LIMITS.pieceMicros - NETWORK_PRICES.packet) / (NETWORK_PRICES.opening + NETWORK_PRICES.update),
    );
    const all = Array.from({ length: 10 }, (_, i) => syn(1 + 2 * i));
    const bytes = new Uint8Array(all.length * 12);
    for (const [i, frame] of all.entries()) bytes.set(frame, 12 * i);
    peer.wire.send(bytes);
    await vi.waitFor(() => expect(we.guard.isThrottled).toBe(true), WAIT);
    await turns(3);
    expect(waits).toEqual([700]);
    expect(got).toBe(perPiece);
    expect((we.wire as unknown as { readStatus: string }).readStatus).toBe("paused");
    peer.wire.send(syn(101));
    await turns(5);
    expect(got).toBe(perPiece);
    go();
    await vi.waitFor(() => expect(got).toBe(11), WAIT);
    expect(we.guard.isThrottled).toBe(false);
    expect((we.wire as unknown as { readStatus: string }).readStatus).toBe("readable");
  });
});
