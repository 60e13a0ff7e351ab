import { type FileHandle, open } from "node:fs/promises";
import { keyNumber } from "@fb/storage-amdb";
import { equalBytes, type FbError } from "@fb/types";
import { type MaintenanceErrorCode, maintenanceError } from "../errors.ts";
import { decodeFileHeader, type FileHeader } from "./file-header.ts";
import { DIGEST_BYTES, FRAME, FRAME_HEAD_BYTES, firstDigest, frameDigest, MAGIC, MAX_FRAME_BYTES } from "./format.ts";

/** What a file holds, frame by frame. */
export interface FrameFile {
  readonly header: FileHeader;
  /** Of the file. */
  readonly bytes: number;
  /** Items of each frame; `at` = bytes read so far. Throws FILE_DAMAGED where the file is cut or altered. */
  frames<T>(decode: (payload: Uint8Array) => readonly T[] | null): AsyncIterable<{ items: readonly T[]; at: number }>;
  close(): Promise<void>;
}

/** Opens a file of this format. Throws FILE_FORMAT and FILE_DAMAGED, and what the file system says. */
export async function openFrames(path: string): Promise<FrameFile> {
  const handle = await open(path, "r");
  try {
    const reader = new FrameReader(path, handle);
    await reader.magic();
    const { type, payload } = await reader.frame();
    const header = type === FRAME.header ? decodeFileHeader(payload) : null;
    if (header === null) throw reader.damaged("the header is not one");
    const { size } = await handle.stat();
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

class FrameReader {
  readonly #path: string;
  readonly #handle: FileHandle;
  #at = 0;
  #digest = firstDigest();

  constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
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
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, null);
      if (bytesRead === 0) return null;
      filled += bytesRead;
    }
    this.#at += length;
    return bytes;
  }
}
