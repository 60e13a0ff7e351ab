import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { concatBytes, equalBytes } from "@fb/types";
import { encryptionError } from "./errors.ts";
import { CHECK_BYTES, type KeyRing } from "./key-ring.ts";
import { uint } from "./master-keys.ts";

const MAGIC = Buffer.from("FBE1");
const SALT_BYTES = 32;
const HEADER_BYTES = MAGIC.length + 4 + CHECK_BYTES + SALT_BYTES;
/** Plaintext of every chunk but the last, which has at most so much. */
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/** Whether these are the first bytes, four at least, of an encrypted stream. */
export function isEncryptedStream(start: Uint8Array): boolean {
  return equalBytes(start.subarray(0, MAGIC.length), MAGIC);
}

/** Encrypts a stream of any length under the newest key, in memory for one chunk (SPEC 4.1). */
export async function* encryptStream(ring: KeyRing, plaintext: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const salt = randomBytes(SALT_BYTES);
  const header = concatBytes(MAGIC, uint(ring.newest, 4), ring.check(ring.newest)!, salt);
  const chunk = chunkCipher(ring.key(ring.newest, "backup", salt)!, header);
  yield header;
  for await (const { bytes, number, isLast } of chunks(plaintext, CHUNK_BYTES)) yield chunk.seal(bytes, number, isLast);
}

/**
 * Inverse of {@link encryptStream}: every chunk is authentic before it is handed over, and the stream ends without an
 * error only where it was ended. Throws KEY_MISSING, KEY_WRONG or STREAM_DAMAGED.
 */
export async function* decryptStream(ring: KeyRing, encrypted: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const input = encrypted[Symbol.asyncIterator]();
  try {
    const { header, rest } = await readHeader(input);
    const chunk = chunkCipher(streamKey(ring, header), header);
    const body = chunks(startingWith(rest, input), CHUNK_BYTES + TAG_BYTES);
    for await (const { bytes, number, isLast } of body) yield chunk.open(bytes, number, isLast);
  } finally {
    await input.return?.();
  }
}

async function readHeader(input: AsyncIterator<Uint8Array>): Promise<{ header: Uint8Array; rest: Uint8Array }> {
  let read: Uint8Array = new Uint8Array(0);
  while (read.length < HEADER_BYTES) {
    const next = await input.next();
    if (next.done === true) throw damaged("it ends in its header");
    read = concatBytes(read, next.value);
  }
  if (!isEncryptedStream(read)) throw damaged("it does not begin as an encrypted stream does");
  return { header: read.slice(0, HEADER_BYTES), rest: read.subarray(HEADER_BYTES) };
}

function streamKey(ring: KeyRing, header: Uint8Array): KeyObject {
  const masterId = new DataView(header.buffer, header.byteOffset).getUint32(MAGIC.length);
  const key = ring.key(masterId, "backup", header.subarray(HEADER_BYTES - SALT_BYTES));
  if (key === null) {
    const message = `encrypted under master key ${masterId}, which is not given: add it below the newest`;
    throw encryptionError("KEY_MISSING", message, { masterId });
  }
  const check = header.subarray(MAGIC.length + 4, MAGIC.length + 4 + CHECK_BYTES);
  if (equalBytes(check, ring.check(masterId)!)) return key;
  const message = `encrypted under another master key ${masterId} than the one given, or by another group`;
  throw encryptionError("KEY_WRONG", message, { masterId });
}

/** A key is used for one stream, so the number of a chunk is its nonce. */
function chunkCipher(key: KeyObject, header: Uint8Array) {
  const nonce = (number: number) => concatBytes(new Uint8Array(4), uint(number, 8));
  const associated = (number: number, isLast: boolean) =>
    concatBytes(header, uint(number, 8), Uint8Array.of(isLast ? 1 : 0));
  return {
    seal(bytes: Uint8Array, number: number, isLast: boolean): Uint8Array {
      const cipher = createCipheriv(CIPHER, key, nonce(number));
      cipher.setAAD(associated(number, isLast));
      return concatBytes(cipher.update(bytes), cipher.final(), cipher.getAuthTag());
    },
    open(bytes: Uint8Array, number: number, isLast: boolean): Uint8Array {
      if (bytes.length < TAG_BYTES) throw damaged("it is cut", number);
      const decipher = createDecipheriv(CIPHER, key, nonce(number), { authTagLength: TAG_BYTES });
      decipher.setAAD(associated(number, isLast));
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      const plaintext = decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES));
      try {
        decipher.final();
      } catch {
        throw damaged("a chunk was changed, moved or cut", number);
      }
      return new Uint8Array(plaintext);
    },
  };
}

interface Chunk {
  readonly bytes: Uint8Array;
  readonly number: number;
  readonly isLast: boolean;
}

/** Cuts a stream into pieces of `size` bytes and one last piece, possibly shorter or empty. */
async function* chunks(source: AsyncIterable<Uint8Array>, size: number): AsyncIterable<Chunk> {
  let number = 0;
  let held = new Uint8Array(size);
  let length = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      // A full chunk is the last one unless something follows.
      if (length === size) {
        yield { bytes: held, number: number++, isLast: false };
        held = new Uint8Array(size);
        length = 0;
      }
      const part = piece.subarray(at, at + size - length);
      held.set(part, length);
      length += part.length;
      at += part.length;
    }
  }
  yield { bytes: held.subarray(0, length), number, isLast: true };
}

async function* startingWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function damaged(what: string, chunk = 0): Error {
  return encryptionError("STREAM_DAMAGED", `the encrypted stream is damaged: ${what}`, { chunk });
}
