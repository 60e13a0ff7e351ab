import type { ModuleName } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createSendQueue } from "./send-queue.ts";
import { CHUNK_BYTES, createSendScheduler, type SendLane } from "./send-scheduler.ts";

function lane(module: ModuleName, log: string[], label: string, room = Number.POSITIVE_INFINITY): SendLane {
  let left = room;
  return {
    module,
    queue: createSendQueue({ take: () => true, giveBack() {} }),
    isWritable: () => left > 0,
    write(chunk) {
      left -= chunk.length;
      log.push(label);
    },
  };
}

describe("send scheduler (SPEC 4.7)", () => {
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

  it("writes nothing while the connection must drain", () => {
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
