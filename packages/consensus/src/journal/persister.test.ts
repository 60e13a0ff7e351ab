import { noMetrics } from "@fb/runtime";
import { createFakeClock } from "@fb/runtime/testing";
import { describe, expect, it } from "vitest";
import type { EngineCodec } from "../engine-protocol.ts";
import { consensusMetrics } from "../metrics.ts";
import { createLossyFiles } from "../testing/lossy-files.ts";
import { openJournal } from "./journal.ts";
import { type PersistEffect, Persister } from "./persister.ts";

const PLACE = { dir: "j", genesisHash: new Uint8Array(32), durable: 0, trusted: false, keys: null };

/** A record is its height and a size. */
interface TestRecord {
  readonly height: number;
  readonly bytes: number;
}

const codec: Pick<EngineCodec<string, TestRecord, unknown>, "encodeRecord" | "liveRecords"> = {
  encodeRecord: ({ height, bytes }) => new Uint8Array(bytes).fill(height),
  liveRecords: (records, durable) => records.filter(({ height }) => height > durable),
};

async function setup() {
  const files = createLossyFiles();
  const journal = await openJournal(PLACE, files);
  const durable: number[] = [];
  const failures: unknown[] = [];
  let failed = () => {};
  const failure = new Promise<void>((resolve) => {
    failed = resolve;
  });
  const persister = new Persister<string, TestRecord>([], 0, {
    journal,
    codec,
    clock: createFakeClock(),
    metrics: consensusMetrics(noMetrics),
    durable: ({ seq }) => durable.push(seq),
    failed: (error) => {
      failures.push(error);
      failed();
    },
  });
  const effect = (seq: number, height = 1, bytes = 10): PersistEffect<string, TestRecord> => ({
    seq,
    record: { height, bytes },
    thenSend: [],
  });
  return { files, journal, persister, durable, failures, failure, effect };
}

describe("Persister (SPEC 2.3, 3.4)", () => {
  it("shares one fsync among the records of a step and reports them in order", async () => {
    const { files, persister, durable, effect } = await setup();
    const before = files.syncs;
    for (let seq = 1; seq <= 5; seq++) persister.add(effect(seq));
    expect(durable).toEqual([]);
    await persister.close();
    expect(durable).toEqual([1, 2, 3, 4, 5]);
    expect(files.syncs - before).toBe(1);
  });

  it("reports nothing that is not on the disk, and stops at the first failure", async () => {
    const { files, persister, durable, failures, failure, effect } = await setup();
    files.breakDown();
    persister.add(effect(1));
    await failure;
    persister.add(effect(2));
    await persister.close();
    expect(durable).toEqual([]);
    expect(failures).toHaveLength(1);
  });

  it("rewrites a large journal with what still matters", async () => {
    const { files, journal, persister, effect } = await setup();
    for (let height = 1; height <= 6; height++) persister.add(effect(height, height, 1024 * 1024));
    await new Promise((resolve) => setImmediate(resolve));
    expect(journal.sizeBytes).toBeGreaterThan(6 * 1024 * 1024);
    persister.forgetThrough(5);
    await persister.close();
    expect(journal.sizeBytes).toBeLessThan(2 * 1024 * 1024);
    const reopened = await openJournal(PLACE, files);
    expect(reopened.records.map((bytes) => bytes[0])).toEqual([6]);
  });

  it("rewrites the journal also while the height stands still", async () => {
    const { journal, persister, effect } = await setup();
    for (let seq = 1; seq <= 20; seq++) {
      // Of height 0, which is durable: what a rule of the engine makes obsolete at once.
      persister.add(effect(seq, 0, 1024 * 1024));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await persister.close();
    expect(journal.sizeBytes).toBeLessThan(6 * 1024 * 1024);
  });

  it("is full while too many bytes wait for the disk", async () => {
    const { files, persister, durable, effect } = await setup();
    const resume = files.pause();
    let seq = 0;
    while (!persister.isFull) persister.add(effect(++seq, 1, 1024 * 1024));
    expect(seq).toBe(64);
    resume();
    await persister.close();
    expect(persister.isFull).toBe(false);
    expect(durable).toHaveLength(64);
  });

  it("tells the journal of heads that no vote told it of (SPEC 3.5)", async () => {
    const { files, journal, persister } = await setup();
    const before = files.syncs;
    persister.forgetThrough(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect([journal.mark, files.syncs - before]).toEqual([0, 0]);
    persister.forgetThrough(2);
    await persister.close();
    expect([journal.mark, files.syncs - before]).toEqual([2, 1]);
  });

  it("lets a block come from elsewhere only when the journal is near the head (SPEC 3.5)", async () => {
    const { files, journal, persister } = await setup();
    const resume = files.pause();
    const allowed: number[] = [];
    const download = async () => {
      for (let height = 1; height <= 20; height++) {
        await persister.keptUp();
        persister.forgetThrough(height);
        allowed.push(height - journal.mark);
      }
    };
    const downloading = download();
    await new Promise((resolve) => setImmediate(resolve));
    expect(allowed).toEqual([1, 2, 3]);
    resume();
    await downloading;
    expect(Math.max(...allowed)).toBe(3);
    await persister.close();
    await persister.keptUp();
  });

  it("writes no frame that would not be read again, however much waited for the disk (SPEC 3.2)", async () => {
    const { files, persister, durable, effect } = await setup();
    const resume = files.pause();
    for (let seq = 1; seq <= 70_000; seq++) persister.add(effect(seq));
    resume();
    await persister.close();
    expect(durable).toHaveLength(70_000);
    expect((await openJournal(PLACE, files)).records).toHaveLength(70_000);
  });

  it("tells it also of heads that came while it was busy, and of the last one when it closes (SPEC 3.5)", async () => {
    const { files, journal, persister } = await setup();
    const resume = files.pause();
    for (let height = 1; height <= 20; height++) {
      persister.forgetThrough(height);
      await new Promise((resolve) => setImmediate(resolve));
    }
    resume();
    await new Promise((resolve) => setImmediate(resolve));
    expect(journal.mark).toBe(20);
    persister.forgetThrough(21);
    await persister.close();
    expect((await openJournal({ ...PLACE, durable: 21 }, files)).mark).toBe(21);
  });
});
