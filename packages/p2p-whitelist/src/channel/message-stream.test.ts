import { collectGarbage } from "@fb/runtime";
import { createSeededRng } from "@fb/runtime/testing";
import { concatBytes, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMessageDecoder, type MessageDecoder } from "./message-decoder.ts";
import { createSendQueue, type SendQueue } from "./send-queue.ts";

const UNBOUNDED = { take: () => true, giveBack() {} };

/** Returns the first of two payloads, to which nothing outside the queue refers. */
function fillTwo(queue: SendQueue): Uint8Array {
  const first = new Uint8Array(1000);
  queue.push(first);
  queue.push(new Uint8Array(1000));
  return first;
}

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

describe("message stream (SPEC 4.2)", () => {
  it("has a frozen encoding", () => {
    const queue = createSendQueue(UNBOUNDED);
    for (const payload of [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]) queue.push(payload);
    expect(toHex(queue.take(1000))).toBe("000000020102" + "00000000" + "0000000103");
  });

  it("survives any cut on the way", () => {
    const sizes = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.nat(), (payloads, seed) => {
        const rng = createSeededRng(seed);
        const queue = createSendQueue(UNBOUNDED);
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
        expect(queue.isEmpty).toBe(true);
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

  it("takes room for what waits, and gives it back when it was sent or the stream ended", () => {
    const held: number[] = [];
    const queue = createSendQueue({
      take: (payload) => held.length < 3 && held.push(payload.length) > 0,
      giveBack: (payload) => void held.splice(held.indexOf(payload.length), 1),
    });
    expect([10, 20, 30, 40].map((length) => queue.push(new Uint8Array(length)))).toEqual([true, true, true, false]);
    queue.take(15);
    expect(held).toEqual([20, 30]);
    expect(queue.push(new Uint8Array(50))).toBe(true);
    queue.clear();
    expect([held, queue.isEmpty]).toEqual([[], true]);
    expect(queue.push(Uint8Array.of(1))).toBe(true);
    expect(toHex(queue.take(100))).toBe("0000000101");
  });

  it("keeps nothing of what was sent, also when the queue is never empty", async () => {
    const queue = createSendQueue(UNBOUNDED);
    const sent = new WeakRef(fillTwo(queue));
    queue.take(4 + 1000);
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(sent.deref()).toBeUndefined();
    expect(queue.isEmpty).toBe(false);
  });
});
