import type { Hash, Height } from "@fb/types";
import { consensusError } from "../errors.ts";
import type { AppendFile, JournalFiles } from "./files.ts";
import { encodeFileHeader, encodeFrame, readFrames } from "./frame.ts";

/** One group's promises on disk. One caller at a time; after a rejected call it must not be used again. */
export interface Journal {
  /**
   * Earlier promises up to this height are unknown, because no journal was there when the chain had already begun
   * (DESIGN 4, Restore). 0 when nothing is amiss. Kept in the file until the journal is removed.
   */
  readonly silentThrough: Height;
  /** What was durable at opening, in order. */
  readonly records: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** Resolves when the records are on the disk. Rejects with JOURNAL_WRITE_FAILED. */
  append(records: readonly Uint8Array[]): Promise<void>;
  /** Makes these the only records, atomically. Rejects with JOURNAL_WRITE_FAILED. */
  replace(records: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}

const SEGMENT = /^journal-(\d{10})\.log$/;

function segmentName(number: number): string {
  return `journal-${String(number).padStart(10, "0")}.log`;
}

/**
 * Opens the journal in `dir`, or makes an empty one with this `silentThrough`. A torn last frame is cut off. Rejects
 * with JOURNAL_CORRUPT, JOURNAL_FOREIGN or JOURNAL_WRITE_FAILED.
 */
export async function openJournal(
  dir: string,
  genesisHash: Hash,
  silentThrough: Height,
  files: JournalFiles,
): Promise<Journal> {
  try {
    await files.ensureDir(dir);
    const names = await files.list(dir);
    const segments = names.filter((name) => SEGMENT.test(name)).sort();
    const newest = segments.at(-1);
    for (const name of names) {
      // Left-overs of a replacement that a crash interrupted: the newest segment is complete before it gets its name.
      if (name.endsWith(".tmp") || (SEGMENT.test(name) && name !== newest)) await files.remove(dir, name);
    }
    if (newest === undefined) {
      const header = encodeFileHeader(genesisHash, silentThrough);
      return new FileJournal(dir, files, header, await startSegment(dir, 1, header, [], files), 1, [], silentThrough);
    }
    const bytes = await files.read(dir, newest);
    const read = readFrames(bytes, genesisHash);
    if (!read.ok) {
      const code = read.code === "FOREIGN" ? "JOURNAL_FOREIGN" : "JOURNAL_CORRUPT";
      throw consensusError(code, `${newest} cannot be used`, { dir, name: newest, at: read.at });
    }
    const handle = await files.open(dir, newest, read.size);
    const header = encodeFileHeader(genesisHash, read.silentThrough);
    const number = Number(SEGMENT.exec(newest)![1]);
    return new FileJournal(dir, files, header, { handle, size: read.size }, number, read.records, read.silentThrough);
  } catch (error) {
    throw asJournalError(error, dir);
  }
}

interface Segment {
  readonly handle: AppendFile;
  size: number;
}

/** Writes a complete segment under a temporary name, then gives it its name: it exists wholly or not at all. */
async function startSegment(
  dir: string,
  number: number,
  header: Uint8Array,
  records: readonly Uint8Array[],
  files: JournalFiles,
): Promise<Segment> {
  const name = segmentName(number);
  const handle = await files.open(dir, `${name}.tmp`, "fresh");
  await handle.write(header);
  let size = header.length;
  if (records.length > 0) {
    const frame = encodeFrame(records);
    await handle.write(frame);
    size += frame.length;
  }
  await handle.sync();
  await files.rename(dir, `${name}.tmp`, name);
  await files.syncDir(dir);
  return { handle, size };
}

class FileJournal implements Journal {
  readonly silentThrough: Height;
  readonly records: readonly Uint8Array[];
  readonly #dir: string;
  readonly #files: JournalFiles;
  readonly #header: Uint8Array;
  #segment: Segment;
  #number: number;
  #closed = false;

  constructor(
    dir: string,
    files: JournalFiles,
    header: Uint8Array,
    segment: Segment,
    number: number,
    records: readonly Uint8Array[],
    silentThrough: Height,
  ) {
    this.#dir = dir;
    this.#files = files;
    this.#header = header;
    this.#segment = segment;
    this.#number = number;
    this.records = records;
    this.silentThrough = silentThrough;
  }

  get sizeBytes(): number {
    return this.#segment.size;
  }

  async append(records: readonly Uint8Array[]): Promise<void> {
    const frame = encodeFrame(records);
    try {
      await this.#segment.handle.write(frame);
      await this.#segment.handle.sync();
      this.#segment.size += frame.length;
    } catch (error) {
      throw asJournalError(error, this.#dir);
    }
  }

  async replace(records: readonly Uint8Array[]): Promise<void> {
    try {
      const old = this.#segment;
      this.#segment = await startSegment(this.#dir, this.#number + 1, this.#header, records, this.#files);
      this.#number += 1;
      await old.handle.close();
      await this.#files.remove(this.#dir, segmentName(this.#number - 1));
    } catch (error) {
      throw asJournalError(error, this.#dir);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#segment.handle.close();
  }
}

function asJournalError(error: unknown, dir: string): Error {
  if (error instanceof Error && "code" in error && String(error.code).startsWith("JOURNAL_")) return error;
  return consensusError("JOURNAL_WRITE_FAILED", "the journal cannot be written", { dir }, error);
}
