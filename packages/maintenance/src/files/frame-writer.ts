import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { encryptStream, type KeyRing } from "@fb/runtime/encryption";
import { numberKey } from "@fb/storage-amdb";
import { concatBytes, FbError } from "@fb/types";
import { encodeFileHeader, type FileHeader } from "./file-header.ts";
import { FRAME, FRAME_BYTES, firstDigest, frameDigest, frameHead, MAGIC } from "./format.ts";

/** What was written. */
export interface WrittenFile {
  readonly items: number;
  /** Of the file. */
  readonly bytes: number;
  /** Digest of all frames: the fingerprint of what is in the file. */
  readonly digest: Uint8Array;
}

export interface FrameContent<T> {
  readonly header: FileHeader;
  readonly items: AsyncIterable<T>;
  /** @param previous the item before it in the frame; null = it is the first */
  readonly encode: (item: T, previous: T | null) => Uint8Array;
}

/**
 * Writes a file under its name only when it is whole and on the disk: until then it is `<path>.part`, which is made anew
 * each time. Rejects with EEXIST when there is a file of that name.
 *
 * @param keys null = in clear
 */
export async function writeFrames<T>(
  path: string,
  content: FrameContent<T>,
  keys: KeyRing | null = null,
): Promise<WrittenFile> {
  await requireAbsent(path);
  const part = `${path}.part`;
  const handle = await open(part, "w", 0o600);
  try {
    const frames = new FrameStream(content);
    const bytes = await writeAll(handle, keys === null ? frames.bytes() : encryptStream(keys, frames.bytes()));
    await handle.sync();
    await handle.close();
    await rename(part, path);
    return { items: frames.items, bytes, digest: frames.digest };
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

async function writeAll(handle: FileHandle, source: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of source) {
    await handle.writeFile(piece);
    bytes += piece.length;
  }
  return bytes;
}

/** The bytes of a file in clear (SPEC 3.1, 3.2). */
class FrameStream<T> {
  readonly #content: FrameContent<T>;
  digest = firstDigest();
  items = 0;

  constructor(content: FrameContent<T>) {
    this.#content = content;
  }

  async *bytes(): AsyncIterable<Uint8Array> {
    const { header, items, encode } = this.#content;
    yield MAGIC;
    yield this.#frame(FRAME.header, encodeFileHeader(header));
    let frame: Uint8Array[] = [];
    let size = 0;
    let previous: T | null = null;
    for await (const item of items) {
      const encoded = encode(item, previous);
      previous = item;
      frame.push(encoded);
      size += encoded.length;
      this.items++;
      if (size < FRAME_BYTES) continue;
      yield this.#frame(FRAME.items, concatBytes(...frame));
      frame = [];
      size = 0;
      previous = null;
    }
    if (frame.length > 0) yield this.#frame(FRAME.items, concatBytes(...frame));
    yield this.#frame(FRAME.footer, numberKey(this.items));
  }

  #frame(type: number, payload: Uint8Array): Uint8Array {
    const head = frameHead(type, payload.length);
    this.digest = frameDigest(this.digest, head, payload);
    return concatBytes(head, payload, this.digest);
  }
}
