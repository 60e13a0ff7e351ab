import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { numberKey } from "@fb/storage-amdb";
import { concatBytes, FbError } from "@fb/types";
import { encodeFileHeader, type FileHeader } from "./file-header.ts";
import { FRAME, FRAME_BYTES, firstDigest, frameDigest, frameHead, MAGIC } from "./format.ts";

/** What was written. */
export interface WrittenFile {
  readonly items: number;
  readonly bytes: number;
  /** Digest of all frames, in hex the file's fingerprint. */
  readonly digest: Uint8Array;
}

/**
 * Writes a file under its name only when it is whole and on the disk: until then it is `<path>.part`, which is made anew
 * each time. Rejects with EEXIST when there is a file of that name.
 */
export async function writeFrames(
  path: string,
  header: FileHeader,
  items: (writer: FrameWriter) => Promise<void>,
): Promise<WrittenFile> {
  await requireAbsent(path);
  const part = `${path}.part`;
  const handle = await open(part, "w", 0o600);
  try {
    const writer = new FrameWriter(handle);
    await writer.begin(header);
    await items(writer);
    const written = await writer.end();
    await handle.sync();
    await handle.close();
    await rename(part, path);
    return written;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

async function requireAbsent(path: string): Promise<void> {
  const found = await open(path, "r").catch(() => null);
  if (found === null) return;
  await found.close();
  throw new FbError("EEXIST", `${path} exists already; name another file`);
}

export class FrameWriter {
  readonly #handle: FileHandle;
  #digest = firstDigest();
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #items = 0;
  #bytes = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the next item is the first of its frame. */
  get isFrameStart(): boolean {
    return this.#pending.length === 0;
  }

  async begin(header: FileHeader): Promise<void> {
    await this.#write(MAGIC);
    await this.#frame(FRAME.header, encodeFileHeader(header));
  }

  async item(encoded: Uint8Array): Promise<void> {
    this.#pending.push(encoded);
    this.#pendingBytes += encoded.length;
    this.#items++;
    if (this.#pendingBytes >= FRAME_BYTES) await this.#flush();
  }

  async end(): Promise<WrittenFile> {
    if (this.#pending.length > 0) await this.#flush();
    await this.#frame(FRAME.footer, numberKey(this.#items));
    return { items: this.#items, bytes: this.#bytes, digest: this.#digest };
  }

  async #flush(): Promise<void> {
    const payload = concatBytes(...this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#frame(FRAME.items, payload);
  }

  async #frame(type: number, payload: Uint8Array): Promise<void> {
    const head = frameHead(type, payload.length);
    this.#digest = frameDigest(this.#digest, head, payload);
    await this.#write(concatBytes(head, payload, this.#digest));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#handle.writeFile(bytes);
    this.#bytes += bytes.length;
  }
}
