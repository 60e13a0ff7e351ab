import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { createKeyRing, groupKeys, type KeyRing, parseMasterKeys } from "@fb/runtime/encryption";
import { createSeededRng } from "@fb/runtime/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLossyFiles } from "../testing/lossy-files.ts";
import { type JournalFiles, nodeFiles } from "./files.ts";
import { openJournal } from "./journal.ts";

const [FIRST, SECOND] = ["11", "22"].map((byte) => `00${byte.repeat(31)}`);
const ringOf = (masters: string, groupId = 1): KeyRing =>
  createKeyRing(groupKeys(parseMasterKeys(masters), { chainId: 1, groupId }));
const keys = ringOf(FIRST!);
const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (records: readonly Uint8Array[]) => records.map((record) => new TextDecoder().decode(record));

describe("encrypted journal (SPEC 3.8)", () => {
  let root: string;
  let dir: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "fb-journal-"));
    dir = join(root, "journal");
  });
  afterEach(() => rm(root, { recursive: true }));

  const opened = (ring: KeyRing | null = keys, files: JournalFiles = nodeFiles, durable = 0) =>
    openJournal({ dir, genesisHash: new Uint8Array(32).fill(7), durable, trusted: false, keys: ring }, files);

  async function written(...frames: readonly (readonly string[])[]): Promise<void> {
    const journal = await opened();
    for (const frame of frames) await journal.append(frame.map(bytes), 0);
    await journal.close();
  }

  const theFile = async () => join(dir, (await readdir(dir))[0]!);

  it("gives back what was appended, and has nothing of it in clear", async () => {
    const marker = Buffer.from(createSeededRng(64).bytes(64));
    const journal = await opened();
    await journal.append([marker], 0);
    await journal.replace([marker, bytes("b")], 0);
    await journal.append([bytes("c")], 0);
    expect((await readFile(await theFile())).includes(marker.subarray(0, 16))).toBe(false);
    await journal.close();
    const again = await opened();
    expect(again.records).toEqual([new Uint8Array(marker), bytes("b"), bytes("c")]);
    await again.close();
    expect((await readFile(await theFile())).includes(marker.subarray(0, 16))).toBe(false);
  });

  it("cuts off every torn tail and goes on after it", async () => {
    const journal = await opened();
    await journal.append([bytes("first")], 0);
    const good = journal.sizeBytes;
    await journal.append([bytes("second")], 0);
    await journal.close();
    const path = await theFile();
    const content = await readFile(path);
    for (let size = good; size < content.length; size += 7) {
      await writeFile(path, content.subarray(0, size));
      const torn = await opened();
      expect(texts(torn.records)).toEqual(["first"]);
      await torn.append([bytes("again")], 0);
      await torn.close();
      const after = await opened();
      expect(texts(after.records)).toEqual(["first", "again"]);
      await after.close();
    }
  });

  it("forgets what was not synced, and nothing else, wherever the power goes", async () => {
    for (let operations = 0; operations < 12; operations++) {
      for (const keepBytes of [0, 1, 40, 1000]) {
        const files = createLossyFiles();
        const journal = await opened(keys, files);
        await journal.append([bytes("kept")], 0);
        files.breakDown(operations);
        const acknowledged = ["kept"];
        const failing = async () => {
          for (const record of ["a", "b", "c"]) {
            await journal.append([bytes(record)], 0);
            acknowledged.push(record);
          }
        };
        await failing().catch(() => undefined);
        files.crash(keepBytes);
        const found = texts((await opened(keys, files)).records);
        expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
        expect(found.length).toBeLessThanOrEqual(acknowledged.length + 1);
      }
    }
  });

  it("finds out a change of any byte before the last frame, and one that hides behind its checksum", async () => {
    await written(["first"], ["second"]);
    const path = await theFile();
    const content = await readFile(path);
    const last = content.lastIndexOf(content.subarray(36, 44));
    for (let at = 0; at < last; at++) {
      const changed = Buffer.from(content);
      changed[at]! ^= 1;
      await writeFile(path, changed);
      const code = expect.stringMatching(/^JOURNAL_(CORRUPT|FOREIGN)$/);
      await expect(opened()).rejects.toMatchObject({ code });
    }
    // The same frames under a header that says something else: every checksum is right.
    const forged = Buffer.from(content);
    forged[52]! ^= 1;
    forged.writeUInt32BE(crc32(forged.subarray(0, 73)), 73);
    await writeFile(path, forged);
    await expect(opened()).rejects.toMatchObject({ code: "JOURNAL_CORRUPT" });
  });

  it("is refused without its key and stays as it is", async () => {
    await written(["promise"]);
    const before = await readFile(await theFile());
    await expect(opened(null)).rejects.toMatchObject({ code: "JOURNAL_KEY_MISSING" });
    await expect(opened(ringOf(`2:${SECOND}`))).rejects.toMatchObject({ code: "JOURNAL_KEY_MISSING" });
    await expect(opened(ringOf(SECOND!))).rejects.toMatchObject({ code: "JOURNAL_KEY_WRONG" });
    await expect(opened(ringOf(FIRST!, 2))).rejects.toMatchObject({ code: "JOURNAL_KEY_WRONG" });
    expect(await readFile(await theFile())).toEqual(before);
  });

  it("comes under a newer key when it is opened, from an older one or from clear, and forgets nothing", async () => {
    const plain = await opened(null, nodeFiles, 11);
    await plain.append([bytes("in clear")], 12);
    await plain.close();
    for (const [masters, records] of [
      [FIRST!, ["in clear"]],
      [`2:${SECOND}\n1:${FIRST}`, ["in clear", FIRST!]],
      [`2:${SECOND}`, ["in clear", FIRST!, `2:${SECOND}\n1:${FIRST}`]],
    ] as const) {
      const journal = await opened(ringOf(masters), nodeFiles, 12);
      expect(texts(journal.records)).toEqual(records);
      expect([journal.incomplete, journal.silentThrough, journal.mark]).toEqual([true, 12, 12]);
      await journal.append([bytes(masters)], 0);
      await journal.close();
      expect(await readdir(dir)).toHaveLength(1);
    }
  });
});
