import { type FileHandle, open } from "node:fs/promises";
import { decryptStream, isEncryptedStream, type KeyRing } from "@fb/runtime/encryption";
import { keyNumber } from "@fb/storage-amdb";
import { EMPTY, equalBytes, type FbError } from "@fb/types";
import { type MaintenanceErrorCode, maintenanceError } from "../errors.ts";
import { decodeFileHeader, type FileHeader } from "./file-header.ts";
import { DIGEST_BYTES, FRAME, FRAME_HEAD_BYTES, firstDigest, frameDigest, MAGIC, MAX_FRAME_BYTES } from "./format.ts";

/** Enough to tell an encrypted file. */
const START_BYTES = 16;
const PIECE_BYTES = 256 * 1024;

/** What a file holds, frame by frame. */
export interface FrameFile {
  readonly header: FileHeader;
  /** Of the file. */
  readonly bytes: number;
  /** Items of each frame; `at` = bytes read so far. Throws FILE_DAMAGED where the file is cut or altered. */
  frames<T>(decode: (payload: Uint8Array) => readonly T[] | null): AsyncIterable<{ items: readonly T[]; at: number }>;
  close(): Promise<void>;
}

/**
 * Opens a file of this format. Throws FILE_FORMAT, FILE_DAMAGED and FILE_ENCRYPTED, what decryption throws, and what the
 * file system says.
 *
 * @param keys what an encrypted file may be encrypted under; null = none is known
 */
export async function openFrames(path: string, keys: KeyRing | null = null): Promise<FrameFile> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const start = new Uint8Array(START_BYTES);
    await handle.read(start, 0, START_BYTES, 0);
    const isEncrypted = isEncryptedStream(start);
    if (isEncrypted && keys === null) {
      throw maintenanceError("FILE_ENCRYPTED", `${path} is encrypted: this node has no master key`);
    }
    const raw = piecesOf(handle);
    const reader = new FrameReader(path, isEncrypted ? decryptStream(keys!, raw) : raw);
    await reader.magic();
    const { type, payload } = await reader.frame();
    const header = type === FRAME.header ? decodeFileHeader(payload) : null;
    if (header === null) throw reader.damaged("the header is not one");
    return {
      header,
      bytes: size,
      frames: (decode) => reader.items(decode),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The bytes of a file from its beginning. */
async function* piecesOf(handle: FileHandle): AsyncIterable<Uint8Array> {
  for (let at = 0; ; ) {
    const piece = new Uint8Array(PIECE_BYTES);
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

class FrameReader {
  readonly #path: string;
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** What of the last piece was not read yet. */
  #left: Uint8Array = EMPTY;
  #at = 0;
  #digest = firstDigest();

  constructor(path: string, pieces: AsyncIterable<Uint8Array>) {
    this.#path = path;
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  damaged(why: string): FbError<MaintenanceErrorCode> {
    return maintenanceError("FILE_DAMAGED", `${this.#path} is damaged near byte ${this.#at}: ${why}`);
  }

  async magic(): Promise<void> {
    const found = await this.#read(MAGIC.length);
    const isOurs = found !== null && equalBytes(found.subarray(0, -1), MAGIC.subarray(0, -1));
    if (!isOurs) throw maintenanceError("FILE_FORMAT", `${this.#path} is no file of fb-node storage`);
    const [found1, known] = [found.at(-1)!, MAGIC.at(-1)!];
    if (found1 === known) return;
    const message = `${this.#path} has version ${found1} of the format, this program knows ${known}`;
    throw maintenanceError("FILE_FORMAT", message);
  }

  async frame(): Promise<{ type: number; payload: Uint8Array }> {
    const head = await this.#read(FRAME_HEAD_BYTES);
    if (head === null) throw this.damaged("it is cut");
    const length = new DataView(head.buffer, head.byteOffset).getUint32(1);
    if (length > MAX_FRAME_BYTES) throw this.damaged("a frame is too long");
    const rest = await this.#read(length + DIGEST_BYTES);
    if (rest === null) throw this.damaged("it is cut");
    const payload = rest.subarray(0, length);
    this.#digest = frameDigest(this.#digest, head, payload);
    if (!equalBytes(this.#digest, rest.subarray(length))) throw this.damaged("its digest does not fit");
    return { type: head[0]!, payload };
  }

  async *items<T>(decode: (payload: Uint8Array) => readonly T[] | null) {
    let count = 0;
    for (;;) {
      const { type, payload } = await this.frame();
      if (type === FRAME.footer) {
        if (payload.length !== 8 || keyNumber(payload) !== count) throw this.damaged("its count does not fit");
        if ((await this.#read(1)) !== null) throw this.damaged("something follows its end");
        return;
      }
      const items = type === FRAME.items ? decode(payload) : null;
      if (items === null || items.length === 0) throw this.damaged("a frame cannot be read");
      count += items.length;
      yield { items, at: this.#at };
    }
  }

  /** Null when there are fewer bytes. */
  async #read(length: number): Promise<Uint8Array | null> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (this.#left.length === 0) {
        const next = await this.#pieces.next();
        if (next.done === true) return null;
        this.#left = next.value;
      }
      const part = this.#left.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#left = this.#left.subarray(part.length);
    }
    this.#at += length;
    return bytes;
  }
}
