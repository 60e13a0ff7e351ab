import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concatBytes, isCode } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createLossyFiles } from "../testing/lossy-files.ts";
import { nodeFiles } from "./files.ts";
import { encodeFileHeader, encodeFrame, readFrames } from "./frame.ts";
import { openJournal } from "./journal.ts";

const GENESIS = new Uint8Array(32).fill(7);
const place = (dir: string, durable = 0, trusted = false) => ({
  dir,
  genesisHash: GENESIS,
  durable,
  trusted,
  keys: null,
});
const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (records: readonly Uint8Array[]) => records.map((record) => new TextDecoder().decode(record));

async function withDir(run: (dir: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "fb-journal-"));
  try {
    await run(join(root, "journal"));
  } finally {
    await rm(root, { recursive: true });
  }
}

describe("journal on a real file system (SPEC 3.1, 3.2)", () => {
  it("gives back what was appended, in order, and remembers silence", async () => {
    await withDir(async (dir) => {
      const first = await openJournal(place(dir, 11), nodeFiles);
      expect(first.records).toEqual([]);
      await first.append([bytes("a"), bytes("")], 0);
      await first.append([bytes("bcd")], 0);
      await first.close();
      const second = await openJournal(place(dir, 14), nodeFiles);
      expect(texts(second.records)).toEqual(["a", "", "bcd"]);
      expect(second.silentThrough).toBe(12);
      await second.append([bytes("e")], 13);
      await second.replace([bytes("bcd"), bytes("e")], 0);
      await second.append([bytes("f")], 0);
      await second.close();
      const third = await openJournal(place(dir, 14), nodeFiles);
      expect(texts(third.records)).toEqual(["bcd", "e", "f"]);
      expect(third.silentThrough).toBe(12);
      expect(third.incomplete).toBe(true);
      expect(await readdir(dir)).toHaveLength(1);
      await third.close();
    });
  });

  it("cuts off every torn tail and goes on after it", async () => {
    await withDir(async (dir) => {
      const journal = await openJournal(place(dir), nodeFiles);
      await journal.append([bytes("first")], 0);
      const good = journal.sizeBytes;
      await journal.append([bytes("second"), bytes("third")], 0);
      const full = journal.sizeBytes;
      await journal.close();
      const [name] = await readdir(dir);
      const path = join(dir, name!);
      const content = await readFile(path);
      for (let size = good; size < full; size++) {
        await writeFile(path, content.subarray(0, size));
        const torn = await openJournal(place(dir), nodeFiles);
        expect(texts(torn.records)).toEqual(["first"]);
        await torn.append([bytes("again")], 0);
        await torn.close();
        const after = await openJournal(place(dir), nodeFiles);
        expect(texts(after.records)).toEqual(["first", "again"]);
        await after.close();
      }
      await writeFile(path, content);
      await appendFile(path, new Uint8Array(100));
      const zeros = await openJournal(place(dir), nodeFiles);
      expect(zeros.records).toHaveLength(3);
      await zeros.close();
    });
  });

  it("detects damage before the last frame, at every byte", async () => {
    await withDir(async (dir) => {
      const journal = await openJournal(place(dir), nodeFiles);
      await journal.append([bytes("first")], 0);
      const good = journal.sizeBytes;
      await journal.append([bytes("second")], 0);
      await journal.close();
      const [name] = await readdir(dir);
      const path = join(dir, name!);
      const content = await readFile(path);
      for (let at = 0; at < good; at++) {
        const damaged = Uint8Array.from(content);
        damaged[at]! ^= 0x10;
        await writeFile(path, damaged);
        await expect(openJournal(place(dir), nodeFiles)).rejects.toSatisfy((error) => isCode(error, "JOURNAL_CORRUPT"));
      }
    });
  });

  it("refuses the journal of another genesis", async () => {
    await withDir(async (dir) => {
      await (await openJournal(place(dir), nodeFiles)).close();
      const other = new Uint8Array(32).fill(8);
      await expect(openJournal({ ...place(dir), genesisHash: other }, nodeFiles)).rejects.toSatisfy((error) =>
        isCode(error, "JOURNAL_FOREIGN"),
      );
    });
  });
});

describe("bytes of peers in a journal (SPEC 3.3)", () => {
  const salt = new Uint8Array(8).fill(1);

  async function withTornRecord(record: Uint8Array): Promise<ReturnType<typeof createLossyFiles>> {
    const files = createLossyFiles();
    const journal = await openJournal(place("j"), files);
    await journal.append([bytes("kept")], 0);
    const size = journal.sizeBytes;
    await journal.append([record], 0);
    const name = (await files.list("j"))[0]!;
    const whole = files.durable("j", name);
    const file = await files.open("j", name, size);
    await file.write(whole.subarray(size, whole.length - 5));
    await file.sync();
    return files;
  }

  it("never look like a frame that follows a torn one", async () => {
    const inner = encodeFrame({ salt, number: 9 }, 0, [bytes("inner")], null);
    const files = await withTornRecord(concatBytes(bytes("before"), inner, bytes("after")));
    expect(texts((await openJournal(place("j"), files)).records)).toEqual(["kept"]);
  });

  it("cost as much time as they are long", async () => {
    const header = encodeFileHeader({ genesisHash: GENESIS, salt, silentThrough: 0, incomplete: false }, null);
    const head = encodeFrame({ salt, number: 2 }, 0, [], null);
    // Every 32 bytes the salt and a head that promises all the rest; the bytes of 4 MiB once cost minutes.
    const hostile = new Uint8Array(4 * 1024 * 1024);
    for (let i = 0; i + 32 <= hostile.length; i += 32) hostile.set(head.subarray(0, 20), i);
    expect(readFrames(concatBytes(header, hostile), GENESIS, null)).toMatchObject({ ok: true, frames: 0 });
    // More records than one fsync ever had are damage, not a reason to build a million views.
    const empty = encodeFrame(
      { salt, number: 1 },
      0,
      Array.from({ length: 70_000 }, () => new Uint8Array(0)),
      null,
    );
    expect(readFrames(concatBytes(header, empty), GENESIS, null)).toMatchObject({ ok: false, code: "CORRUPT" });
  });

  it("are refused with a code when an older version wrote them", async () => {
    const files = createLossyFiles();
    const file = await files.open("j", "journal-0000000001.log", "fresh");
    await file.write(concatBytes(bytes("FBJ1"), new Uint8Array(44)));
    await expect(openJournal(place("j"), files)).rejects.toSatisfy((error) => isCode(error, "JOURNAL_FORMAT"));
  });
});

describe("journal beside a chain (SPEC 3.5, 3.6)", () => {
  async function closed(dir: ReturnType<typeof place>, files: ReturnType<typeof createLossyFiles>, mark: number) {
    const journal = await openJournal(dir, files);
    await journal.append([bytes("promise")], mark);
    await journal.close();
  }

  it("is missing: nothing is promised up to the height after the head, and it stays incomplete", async () => {
    const files = createLossyFiles();
    expect(await openJournal(place("g"), files)).toMatchObject({
      standing: "missing",
      silentThrough: 0,
      incomplete: true,
    });
    expect(await openJournal(place("j", 7), files)).toMatchObject({ standing: "missing", silentThrough: 8 });
    expect(await openJournal(place("j", 7), files)).toMatchObject({
      standing: "whole",
      silentThrough: 8,
      incomplete: true,
      mark: 7,
    });
  });

  it("is a little behind, as after a crash: nothing is amiss", async () => {
    const files = createLossyFiles();
    await closed(place("j", 0, true), files, 10);
    const journal = await openJournal(place("j", 14), files);
    expect(journal).toMatchObject({ standing: "whole", silentThrough: 0, incomplete: false });
    expect(texts(journal.records)).toEqual(["promise"]);
  });

  it("is older than the chain: as good as lost, also at the next start", async () => {
    const files = createLossyFiles();
    await closed(place("j", 0, true), files, 10);
    for (const standing of ["older", "whole"]) {
      const journal = await openJournal(place("j", 15), files);
      expect(journal).toMatchObject({ standing, silentThrough: 16, incomplete: true, records: [] });
      await journal.close();
    }
  });

  it("is ahead of the chain: nothing is promised at heights that it knows to be stored, and nothing is forgotten", async () => {
    const files = createLossyFiles();
    await closed(place("j", 0, true), files, 10);
    const journal = await openJournal(place("j", 6), files);
    expect(journal).toMatchObject({ standing: "ahead", silentThrough: 10, incomplete: false });
    expect(texts(journal.records)).toEqual(["promise"]);
    await journal.close();
    // What it knows to have been stored does not become less, whatever is written meanwhile.
    expect(journal.mark).toBe(10);
    expect(await openJournal(place("j", 7), files)).toMatchObject({ standing: "ahead", silentThrough: 10, mark: 10 });
    // Unless the operator says that it is no more than the chain.
    expect(await openJournal(place("j", 7, true), files)).toMatchObject({ silentThrough: 0, mark: 7 });
  });

  it("is what the operator says, and that is written down", async () => {
    const files = createLossyFiles();
    await closed(place("j", 7), files, 7);
    expect(await openJournal(place("j", 9, true), files)).toMatchObject({ silentThrough: 0, incomplete: false });
    const journal = await openJournal(place("j", 9), files);
    expect(journal).toMatchObject({ standing: "whole", silentThrough: 0, incomplete: false });
    expect(texts(journal.records)).toEqual(["promise"]);
  });
});

describe("journal on a disk that forgets", () => {
  it("keeps exactly what append resolved for, however the last write tore", async () => {
    for (let torn = 0; torn < 40; torn++) {
      const files = createLossyFiles();
      const journal = await openJournal(place("j"), files);
      await journal.append([bytes("kept")], 0);
      const file = await files.open("j", "journal-0000000001.log", journal.sizeBytes);
      await file.write(bytes("never synced, so never promised"));
      files.crash(torn);
      expect(texts((await openJournal(place("j"), files)).records)).toEqual(["kept"]);
    }
  });

  it("replaces atomically: a crash leaves the old records or the new ones", async () => {
    const seen = new Set<string>();
    for (let operations = 0; operations < 12; operations++) {
      const files = createLossyFiles();
      const journal = await openJournal(place("j"), files);
      await journal.append([bytes("old")], 0);
      files.breakDown(operations);
      const done = await journal.replace([bytes("new")], 0).then(
        () => true,
        () => false,
      );
      files.crash();
      const [found, ...more] = texts((await openJournal(place("j"), files)).records);
      expect(more).toEqual([]);
      expect(done ? ["new"] : ["old", "new"]).toContain(found);
      seen.add(`${found} ${done}`);
    }
    expect([...seen].sort()).toEqual(["new false", "new true", "old false"]);
  });

  it("reports a failing disk", async () => {
    const files = createLossyFiles();
    const journal = await openJournal(place("j"), files);
    files.breakDown();
    await expect(journal.append([bytes("x")], 0)).rejects.toSatisfy((error) => isCode(error, "JOURNAL_WRITE_FAILED"));
  });
});
