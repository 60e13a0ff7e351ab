import { createSeededRng } from "@fb/runtime/testing";
import type { ModuleName } from "@fb/types";
import { concatBytes, MODULES, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBackoff } from "./backoff.ts";
import { decodeControl, decodeOpen, encodeControl, encodeOpen, OPEN_FRAME_BYTES } from "./channel-frames.ts";
import { createMessageDecoder, type MessageDecoder } from "./message-decoder.ts";
import { createSendQueue, type SendQueue } from "./send-queue.ts";
import { CHUNK_BYTES, createSendScheduler, type SendLane } from "./send-scheduler.ts";

describe("open frame", () => {
  it("has a frozen encoding of fixed size", () => {
    expect(toHex(encodeOpen({ kind: "channel", groupId: 0x1234, module: "txs" }))).toBe("0103123400000000");
    expect(toHex(encodeOpen({ kind: "control" }))).toBe("0100000000000000");
  });

  it("gives back what was encoded, and null for any other eight bytes", () => {
    for (const module of Object.keys(MODULES) as ModuleName[]) {
      for (const groupId of [1, 255, 256, 32767]) {
        const purpose = { kind: "channel", groupId, module } as const;
        expect(decodeOpen(encodeOpen(purpose))).toEqual(purpose);
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 10 }), (bytes) => {
        const purpose = decodeOpen(bytes);
        if (purpose !== null) expect(encodeOpen(purpose)).toEqual(bytes);
      }),
    );
    const bad = ["0203123400000000", "0104123400000000", "0103000000000000", "0103800000000000", "0103123400000001"];
    for (const hex of bad) expect(decodeOpen(Uint8Array.from(Buffer.from(hex, "hex")))).toBeNull();
    expect(encodeOpen({ kind: "control" })).toHaveLength(OPEN_FRAME_BYTES);
  });
});

describe("control frame", () => {
  it("has a frozen encoding", () => {
    expect(toHex(encodeControl({ type: "ping", value: 7 }))).toBe("0100000007");
    expect(toHex(encodeControl({ type: "bye", value: 11 }))).toBe("030000000b");
  });

  it("gives back what was encoded, and null for unknown types", () => {
    for (const type of ["ping", "pong", "bye"] as const) {
      expect(decodeControl(encodeControl({ type, value: 0xffffffff }))).toEqual({ type, value: 0xffffffff });
    }
    expect(decodeControl(Uint8Array.of(0, 0, 0, 0, 0))).toBeNull();
    expect(decodeControl(Uint8Array.of(4, 0, 0, 0, 0))).toBeNull();
    expect(decodeControl(new Uint8Array(0))).toBeNull();
  });
});

function streamOf(queue: SendQueue, chunk: () => number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  while (!queue.isEmpty) chunks.push(queue.take(chunk()));
  return chunks;
}

function messagesOf(decoder: MessageDecoder): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let next = decoder.next(); next !== null; next = decoder.next()) messages.push(next);
  return messages;
}

describe("message stream", () => {
  it("has a frozen encoding", () => {
    const queue = createSendQueue(1000);
    for (const payload of [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]) queue.push(payload);
    expect(toHex(queue.take(1000))).toBe("000000020102" + "00000000" + "0000000103");
  });

  it("survives any cut on the way", () => {
    const sizes = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.nat(), (payloads, seed) => {
        const rng = createSeededRng(seed);
        const queue = createSendQueue(1 << 20);
        for (const payload of payloads) expect(queue.push(payload)).toBe(true);
        const bytes = concatBytes(...streamOf(queue, () => 1 + rng.below(64)));
        const decoder = createMessageDecoder(200);
        const got: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; ) {
          const end = at + 1 + rng.below(90);
          decoder.push(bytes.subarray(at, end));
          got.push(...messagesOf(decoder));
          at = end;
        }
        expect(got).toEqual(payloads);
        expect(queue.queuedBytes).toBe(0);
      }),
    );
  });

  it("ends at a length above the limit, before anything is kept", () => {
    for (const length of [
      [0, 0, 0, 11],
      [0xff, 0xff, 0xff, 0xff],
    ]) {
      const decoder = createMessageDecoder(10);
      decoder.push(Uint8Array.from(length));
      expect(decoder.isSound).toBe(true);
      expect(decoder.next()).toBeNull();
      expect(decoder.isSound).toBe(false);
    }
  });

  it("hands out arrays that do not share memory with the input", () => {
    const input = Uint8Array.of(0, 0, 0, 1, 5);
    const decoder = createMessageDecoder(10);
    decoder.push(input);
    const got = messagesOf(decoder);
    input.fill(9);
    expect(got).toEqual([Uint8Array.of(5)]);
  });

  it("can be left between two messages, and tells what waits", () => {
    const decoder = createMessageDecoder(10);
    decoder.push(Uint8Array.of(0, 0, 0, 1, 5, 0, 0, 0));
    decoder.push(Uint8Array.of(2, 6, 7, 0, 0));
    expect(decoder.next()).toEqual(Uint8Array.of(5));
    expect(decoder.waitingBytes).toBe(8);
    expect(decoder.next()).toEqual(Uint8Array.of(6, 7));
    expect(decoder.next()).toBeNull();
    expect(decoder.waitingBytes).toBe(0);
  });

  it("bounds the queue in bytes and counts empty messages", () => {
    const queue = createSendQueue(1000);
    let pushed = 0;
    while (queue.push(new Uint8Array(0)) && pushed < 100) pushed++;
    expect(pushed).toBe(15);
    expect(queue.take(1 << 20)).toHaveLength(60);
    expect(queue.push(new Uint8Array(5000))).toBe(true);
    expect(queue.push(new Uint8Array(1))).toBe(false);
    expect(queue.queuedBytes).toBe(5064);
  });
});

function lane(module: ModuleName, log: string[], label: string, room = Number.POSITIVE_INFINITY): SendLane {
  let left = room;
  return {
    module,
    queue: createSendQueue(1 << 30),
    isWritable: () => left > 0,
    write(chunk) {
      left -= chunk.length;
      log.push(label);
    },
  };
}

describe("send scheduler", () => {
  const big = new Uint8Array(4 * CHUNK_BYTES - 100);

  it("lets groups take turns under load", () => {
    const log: string[] = [];
    const scheduler = createSendScheduler();
    for (const group of [1, 2, 3]) {
      const sync = lane("sync", log, `${group}`);
      scheduler.add(group, sync);
      for (let i = 0; i < (group === 1 ? 50 : 1); i++) sync.queue.push(big);
    }
    scheduler.pump();
    // Group 1 has fifty times as much to send, and still nobody waits for more than one chunk of it.
    for (let i = 0; i < 12; i += 3) expect(log.slice(i, i + 3).sort()).toEqual(["1", "2", "3"]);
    expect(log.filter((entry) => entry === "1").length).toBeGreaterThan(190);
  });

  it("sends consensus first and lets the other modules take turns", () => {
    const log: string[] = [];
    const scheduler = createSendScheduler();
    const lanes = (["txs", "sync", "consensus"] as const).map((module) => lane(module, log, module));
    for (const one of lanes) {
      scheduler.add(1, one);
      one.queue.push(big);
    }
    scheduler.pump();
    expect(log.slice(0, 4)).toEqual(["consensus", "consensus", "consensus", "consensus"]);
    expect(log.slice(4)).toEqual(["txs", "sync", "txs", "sync", "txs", "sync", "txs", "sync"]);
  });

  it("passes over a lane that must drain, and over removed groups", () => {
    const log: string[] = [];
    const scheduler = createSendScheduler();
    const stuck = lane("consensus", log, "stuck", 1);
    const free = lane("sync", log, "free");
    scheduler.add(1, stuck);
    scheduler.add(1, free);
    const gone = lane("sync", log, "gone");
    scheduler.add(2, gone);
    for (const one of [stuck, free, gone]) one.queue.push(big);
    scheduler.remove(2);
    scheduler.pump();
    expect(log).toEqual(["stuck", "free", "free", "free", "free"]);
    expect(stuck.queue.isEmpty).toBe(false);
  });
});

describe("send scheduler of a connection that must drain", () => {
  it("writes nothing until it may", () => {
    const log: string[] = [];
    let isFree = false;
    const scheduler = createSendScheduler(() => isFree);
    const one = lane("consensus", log, "vote");
    scheduler.add(1, one);
    one.queue.push(new Uint8Array(10));
    scheduler.pump();
    expect(log).toEqual([]);
    isFree = true;
    scheduler.pump();
    expect(log).toEqual(["vote"]);
  });
});

describe("back-off", () => {
  it("doubles up to its limit, with jitter of at most a half, and starts over", () => {
    const backoff = createBackoff(100, 1000, createSeededRng(5));
    const pauses = Array.from({ length: 7 }, () => backoff.next());
    for (const [i, pause] of pauses.entries()) {
      const full = Math.min(1000, 100 * 2 ** i);
      expect(pause).toBeLessThanOrEqual(full);
      expect(pause).toBeGreaterThanOrEqual(full / 2 - 1);
    }
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(100);
  });
});
