import { secureRng } from "@fb/runtime";
import type { KeyRing } from "@fb/runtime/encryption";
import { type ErrorFields, FbError, type Hash, type Height } from "@fb/types";
import { consensusError } from "../errors.ts";
import { type FileSeal, fileSeal } from "./file-seal.ts";
import type { AppendFile, JournalFiles } from "./files.ts";
import {
  type BadFile,
  encodeFileHeader,
  encodeFrame,
  type FileHeader,
  type ReadResult,
  readFrames,
  SALT_BYTES,
} from "./frame.ts";
import { type Standing, silenceAfter, standingOf } from "./standing.ts";

/** One group's promises on disk. One caller at a time; after a rejected call it must not be used again. */
export interface Journal {
  /** How it fitted the chain when it was opened. */
  readonly standing: Standing;
  /**
   * Nothing at or below this height may be promised on the strength of `records` (SPEC 3.6): earlier promises there are
   * unknown or forgotten. 0 when nothing is amiss.
   */
  readonly silentThrough: Height;
  /** Promises may be missing because this journal was not there, or was older than the chain. Kept in the file. */
  readonly incomplete: boolean;
  /** What was durable at opening, in order. */
  readonly records: readonly Uint8Array[];
  /** Highest head that the journal knows to be stored. */
  readonly mark: Height;
  readonly sizeBytes: number;
  /** Resolves when the records and the mark are on the disk. Rejects with JOURNAL_WRITE_FAILED. */
  append(records: readonly Uint8Array[], mark: Height): Promise<void>;
  /** Makes these the only records, atomically. Rejects with JOURNAL_WRITE_FAILED. */
  replace(records: readonly Uint8Array[], mark: Height): Promise<void>;
  close(): Promise<void>;
}

/** The chain and the operator's word that a journal is opened with. */
export interface JournalPlace {
  readonly dir: string;
  readonly genesisHash: Hash;
  /** Height of the chain that survives a crash. */
  readonly durable: Height;
  /** The operator says that nothing is missing, whatever the journal looks like. */
  readonly trusted: boolean;
  /** What it is encrypted under from now on; null = in clear. */
  readonly keys: KeyRing | null;
}

const SEGMENT = /^journal-(\d{10})\.log$/;

function segmentName(number: number): string {
  return `journal-${String(number).padStart(10, "0")}.log`;
}

/**
 * Opens the journal in `dir`, or makes an empty one when there is none or it is older than the chain. A torn last frame
 * is cut off. One that is not under the newest key is written anew under it. Rejects with JOURNAL_CORRUPT,
 * JOURNAL_FOREIGN, JOURNAL_FORMAT, JOURNAL_KEY_MISSING, JOURNAL_KEY_WRONG or JOURNAL_WRITE_FAILED.
 */
export async function openJournal(place: JournalPlace, files: JournalFiles): Promise<Journal> {
  const { dir } = place;
  try {
    await files.ensureDir(dir);
    const newest = await newestSegment(dir, files);
    const read = newest === null ? null : await readSegment(place, newest, files);
    const start = judge(read, place);
    const isUnderNewest = read?.masterId === (place.keys?.newest ?? null);
    if (read !== null && isUnderNewest && isAsSaid(read, start)) {
      const { size, frames, mark, header, seal } = read;
      const handle = await files.open(dir, newest!, size);
      const segment = { handle, number: numberOf(newest!), salt: header.salt, seal, frames, size, mark };
      return new FileJournal(place, files, start, segment);
    }
    const number = newest === null ? 1 : numberOf(newest) + 1;
    const segment = await startSegment(place, number, start, start.records, start.mark, files);
    if (newest !== null) await files.remove(dir, newest);
    return new FileJournal(place, files, start, segment);
  } catch (error) {
    throw asJournalError(error, dir);
  }
}

/** What may be believed of a file, or of there being none. */
function judge(read: GoodFile | null, { durable, trusted }: JournalPlace): Start {
  const standing = standingOf(read?.mark ?? null, durable);
  const records = read?.records ?? [];
  if (trusted) return { standing, silentThrough: 0, incomplete: false, records, mark: durable };
  const silence = silenceAfter(standing, read?.mark ?? 0, durable);
  if (read === null || standing === "older") {
    return { standing, silentThrough: silence, incomplete: true, records: [], mark: durable };
  }
  const { silentThrough, incomplete } = read.header;
  const mark = Math.max(read.mark, durable);
  return { standing, silentThrough: Math.max(silentThrough, silence), incomplete, records, mark };
}

/** Whether the file itself says so already; otherwise it is replaced, so that the next start finds it said. */
function isAsSaid({ header, mark }: GoodFile, start: Start): boolean {
  if (start.standing === "older" || mark > start.mark) return false;
  return header.incomplete === start.incomplete && header.silentThrough === start.silentThrough;
}

/** Also removes what an interrupted replacement left: the newest segment is complete before it gets its name. */
async function newestSegment(dir: string, files: JournalFiles): Promise<string | null> {
  const names = await files.list(dir);
  const newest = names
    .filter((name) => SEGMENT.test(name))
    .sort()
    .at(-1);
  for (const name of names) {
    if (name.endsWith(".tmp") || (SEGMENT.test(name) && name !== newest)) await files.remove(dir, name);
  }
  return newest ?? null;
}

async function readSegment(place: JournalPlace, name: string, files: JournalFiles): Promise<GoodFile> {
  const { dir, genesisHash, keys } = place;
  const read = readFrames(await files.read(dir, name), genesisHash, keys);
  if (read.ok) return read;
  throw badFile(read.code, name, { dir, name, at: read.at });
}

function badFile(code: BadFile, name: string, fields: ErrorFields): Error {
  switch (code) {
    case "FOREIGN":
      return consensusError("JOURNAL_FOREIGN", `${name} is the journal of another chain`, fields);
    case "OLD_FORMAT":
      return consensusError("JOURNAL_FORMAT", `${name} was written by an older version`, fields);
    case "KEY_MISSING":
      return consensusError(
        "JOURNAL_KEY_MISSING",
        `${name} is encrypted under a master key that was not given: see [storage_security] in config.ini`,
        fields,
      );
    case "KEY_WRONG":
      return consensusError(
        "JOURNAL_KEY_WRONG",
        `${name} is encrypted under another master key of that number than the one given`,
        fields,
      );
    case "CORRUPT":
      return consensusError("JOURNAL_CORRUPT", `${name} is damaged`, fields);
  }
}

type GoodFile = Extract<ReadResult, { ok: true }>;
type Start = Pick<Journal, "standing" | "silentThrough" | "incomplete" | "records" | "mark">;

function numberOf(name: string): number {
  return Number(SEGMENT.exec(name)![1]);
}

interface Segment {
  readonly handle: AppendFile;
  readonly number: number;
  readonly salt: Uint8Array;
  /** Null = in clear. */
  readonly seal: FileSeal | null;
  frames: number;
  size: number;
  mark: Height;
}

/** Writes a complete segment under a temporary name, then gives it its name: it exists wholly or not at all. */
async function startSegment(
  { dir, genesisHash, keys }: JournalPlace,
  number: number,
  { silentThrough, incomplete }: Pick<FileHeader, "silentThrough" | "incomplete">,
  records: readonly Uint8Array[],
  mark: Height,
  files: JournalFiles,
): Promise<Segment> {
  const name = segmentName(number);
  const salt = Uint8Array.from({ length: SALT_BYTES }, () => secureRng.below(256));
  const header = encodeFileHeader({ genesisHash, salt, silentThrough, incomplete }, keys);
  const seal = keys === null ? null : fileSeal(keys, header);
  const frame = encodeFrame({ salt, number: 1 }, mark, records, seal);
  const handle = await files.open(dir, `${name}.tmp`, "fresh");
  await handle.write(header);
  await handle.write(frame);
  await handle.sync();
  await files.rename(dir, `${name}.tmp`, name);
  await files.syncDir(dir);
  return { handle, number, salt, seal, frames: 1, size: header.length + frame.length, mark };
}

class FileJournal implements Journal {
  readonly standing: Standing;
  readonly silentThrough: Height;
  readonly incomplete: boolean;
  readonly records: readonly Uint8Array[];
  readonly #place: JournalPlace;
  readonly #files: JournalFiles;
  #segment: Segment;
  #closed = false;

  constructor(place: JournalPlace, files: JournalFiles, start: Start, segment: Segment) {
    this.#place = place;
    this.#files = files;
    this.#segment = segment;
    this.standing = start.standing;
    this.silentThrough = start.silentThrough;
    this.incomplete = start.incomplete;
    this.records = start.records;
  }

  get sizeBytes(): number {
    return this.#segment.size;
  }

  get mark(): Height {
    return this.#segment.mark;
  }

  async append(records: readonly Uint8Array[], mark: Height): Promise<void> {
    const segment = this.#segment;
    const frame = encodeFrame(
      { salt: segment.salt, number: segment.frames + 1 },
      Math.max(mark, segment.mark),
      records,
      segment.seal,
    );
    try {
      await segment.handle.write(frame);
      await segment.handle.sync();
    } catch (error) {
      throw asJournalError(error, this.#place.dir);
    }
    segment.frames += 1;
    segment.size += frame.length;
    segment.mark = Math.max(mark, segment.mark);
  }

  async replace(records: readonly Uint8Array[], mark: Height): Promise<void> {
    const old = this.#segment;
    try {
      this.#segment = await startSegment(
        this.#place,
        old.number + 1,
        this,
        records,
        Math.max(mark, old.mark),
        this.#files,
      );
      await old.handle.close();
      await this.#files.remove(this.#place.dir, segmentName(old.number));
    } catch (error) {
      throw asJournalError(error, this.#place.dir);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#segment.handle.close();
  }
}

function asJournalError(error: unknown, dir: string): Error {
  if (error instanceof FbError && error.code.startsWith("JOURNAL_")) return error;
  return consensusError("JOURNAL_WRITE_FAILED", "the journal cannot be written", { dir }, error);
}
