import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isCode } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createLossyFiles } from "../testing/lossy-files.ts";
import { nodeFiles } from "./files.ts";
import { openJournal } from "./journal.ts";

const GENESIS = new Uint8Array(32).fill(7);
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

describe("journal on a real file system (SPEC 3)", () => {
  it("gives back what was appended, in order, and remembers silence", async () => {
    await withDir(async (dir) => {
      const first = await openJournal(dir, GENESIS, 12, nodeFiles);
      expect(first.records).toEqual([]);
      await first.append([bytes("a"), bytes("")]);
      await first.append([bytes("bcd")]);
      await first.close();
      const second = await openJournal(dir, GENESIS, 99, nodeFiles);
      expect(texts(second.records)).toEqual(["a", "", "bcd"]);
      expect(second.silentThrough).toBe(12);
      await second.append([bytes("e")]);
      await second.replace([bytes("bcd"), bytes("e")]);
      await second.append([bytes("f")]);
      await second.close();
      const third = await openJournal(dir, GENESIS, 0, nodeFiles);
      expect(texts(third.records)).toEqual(["bcd", "e", "f"]);
      expect(third.silentThrough).toBe(12);
      expect(await readdir(dir)).toHaveLength(1);
      await third.close();
    });
  });

  it("cuts off every torn tail and goes on after it", async () => {
    await withDir(async (dir) => {
      const journal = await openJournal(dir, GENESIS, 0, nodeFiles);
      await journal.append([bytes("first")]);
      const good = journal.sizeBytes;
      await journal.append([bytes("second"), bytes("third")]);
      const full = journal.sizeBytes;
      await journal.close();
      const [name] = await readdir(dir);
      const path = join(dir, name!);
      const content = await readFile(path);
      for (let size = good; size < full; size++) {
        await writeFile(path, content.subarray(0, size));
        const torn = await openJournal(dir, GENESIS, 0, nodeFiles);
        expect(texts(torn.records)).toEqual(["first"]);
        await torn.append([bytes("again")]);
        await torn.close();
        const after = await openJournal(dir, GENESIS, 0, nodeFiles);
        expect(texts(after.records)).toEqual(["first", "again"]);
        await after.close();
      }
      await writeFile(path, content);
      await appendFile(path, new Uint8Array(100));
      const zeros = await openJournal(dir, GENESIS, 0, nodeFiles);
      expect(zeros.records).toHaveLength(3);
      await zeros.close();
    });
  });

  it("detects damage before the last frame, at every byte", async () => {
    await withDir(async (dir) => {
      const journal = await openJournal(dir, GENESIS, 0, nodeFiles);
      await journal.append([bytes("first")]);
      const good = journal.sizeBytes;
      await journal.append([bytes("second")]);
      await journal.close();
      const [name] = await readdir(dir);
      const path = join(dir, name!);
      const content = await readFile(path);
      for (let at = 0; at < good; at++) {
        const damaged = Uint8Array.from(content);
        damaged[at]! ^= 0x10;
        await writeFile(path, damaged);
        await expect(openJournal(dir, GENESIS, 0, nodeFiles)).rejects.toSatisfy((error) =>
          isCode(error, "JOURNAL_CORRUPT"),
        );
      }
    });
  });

  it("refuses the journal of another genesis", async () => {
    await withDir(async (dir) => {
      await (await openJournal(dir, GENESIS, 0, nodeFiles)).close();
      const other = new Uint8Array(32).fill(8);
      await expect(openJournal(dir, other, 0, nodeFiles)).rejects.toSatisfy((error) =>
        isCode(error, "JOURNAL_FOREIGN"),
      );
    });
  });
});

describe("journal on a disk that forgets", () => {
  it("keeps exactly what append resolved for, however the last write tore", async () => {
    for (let torn = 0; torn < 40; torn++) {
      const files = createLossyFiles();
      const journal = await openJournal("j", GENESIS, 0, files);
      await journal.append([bytes("kept")]);
      const file = await files.open("j", "journal-0000000001.log", journal.sizeBytes);
      await file.write(bytes("never synced, so never promised"));
      files.crash(torn);
      expect(texts((await openJournal("j", GENESIS, 0, files)).records)).toEqual(["kept"]);
    }
  });

  it("replaces atomically: a crash leaves the old records or the new ones", async () => {
    const seen = new Set<string>();
    for (let operations = 0; operations < 12; operations++) {
      const files = createLossyFiles();
      const journal = await openJournal("j", GENESIS, 0, files);
      await journal.append([bytes("old")]);
      files.breakDown(operations);
      const done = await journal.replace([bytes("new")]).then(
        () => true,
        () => false,
      );
      files.crash();
      const [found, ...more] = texts((await openJournal("j", GENESIS, 0, files)).records);
      expect(more).toEqual([]);
      expect(done ? ["new"] : ["old", "new"]).toContain(found);
      seen.add(`${found} ${done}`);
    }
    expect([...seen].sort()).toEqual(["new false", "new true", "old false"]);
  });

  it("reports a failing disk", async () => {
    const files = createLossyFiles();
    const journal = await openJournal("j", GENESIS, 0, files);
    files.breakDown();
    await expect(journal.append([bytes("x")])).rejects.toSatisfy((error) => isCode(error, "JOURNAL_WRITE_FAILED"));
  });
});
