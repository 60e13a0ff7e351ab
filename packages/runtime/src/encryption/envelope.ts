import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Height } from "@fb/types";
import { type KeyPurpose, type KeyRing, NONCE_BYTES } from "./key-ring.ts";
import { uint } from "./master-keys.ts";

/** Heights that share a key (SPEC 3.2). */
const HEIGHTS_IN_RANGE = 4096;
const VERSION = 1;
const HEAD_BYTES = 9;
const TAG_BYTES = 16;
/** What an envelope has beside the ciphertext, which is as long as the plaintext. */
export const ENVELOPE_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;
const CIPHER = "aes-256-gcm";
const TAG = { authTagLength: TAG_BYTES };

/** Where an envelope belongs: it opens nowhere else. */
export interface EnvelopePlace {
  readonly purpose: Exclude<KeyPurpose, "backup">;
  /** Names the one thing this is the content of: associated data. */
  readonly context: Uint8Array;
}

export type Opened =
  | { readonly ok: true; readonly plaintext: Uint8Array }
  /** No envelope of this version, changed, or of another place or key. */
  | { readonly ok: false; readonly code: "DAMAGED" }
  | { readonly ok: false; readonly code: "KEY_MISSING"; readonly masterId: number };

/** SPEC 3.1. @param height of the block it is written with or after; chooses the key */
export function seal(
  ring: KeyRing,
  { purpose, context }: EnvelopePlace,
  height: Height,
  plaintext: Uint8Array,
): Uint8Array {
  const range = uint(Math.floor(height / HEIGHTS_IN_RANGE), 4);
  const key = ring.key(ring.newest, purpose, range)!;
  const out = Buffer.allocUnsafe(ENVELOPE_BYTES + plaintext.length);
  out[0] = VERSION;
  out.writeUInt32BE(ring.newest, 1);
  out.set(range, 5);
  out.set(ring.nonce(), HEAD_BYTES);
  const body = HEAD_BYTES + NONCE_BYTES;
  const cipher = createCipheriv(CIPHER, key, out.subarray(HEAD_BYTES, body), TAG);
  cipher.setAAD(associated(out, context));
  out.set(cipher.update(plaintext), body);
  // GCM holds nothing back: the end has no bytes.
  cipher.final();
  out.set(cipher.getAuthTag(), out.length - TAG_BYTES);
  return new Uint8Array(out.buffer, out.byteOffset, out.length);
}

/** Inverse of {@link seal}. Never throws, whatever the bytes are. */
export function open(ring: KeyRing, { purpose, context }: EnvelopePlace, envelope: Uint8Array): Opened {
  const masterId = envelopeMaster(envelope);
  if (masterId === null) return { ok: false, code: "DAMAGED" };
  const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.length);
  const key = ring.key(masterId, purpose, bytes.subarray(5, HEAD_BYTES));
  if (key === null) return { ok: false, code: "KEY_MISSING", masterId };
  const body = HEAD_BYTES + NONCE_BYTES;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(HEAD_BYTES, body), TAG);
  decipher.setAAD(associated(bytes, context));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const plaintext = decipher.update(bytes.subarray(body, bytes.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return { ok: false, code: "DAMAGED" };
  }
  return { ok: true, plaintext: new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length) };
}

/** Number of the master key that an envelope is under; null = no envelope of this version. */
export function envelopeMaster(envelope: Uint8Array): number | null {
  if (envelope.length < ENVELOPE_BYTES || envelope[0] !== VERSION) return null;
  return new DataView(envelope.buffer, envelope.byteOffset).getUint32(1);
}

function associated(envelope: Buffer, context: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(HEAD_BYTES + context.length);
  out.set(envelope.subarray(0, HEAD_BYTES));
  out.set(context, HEAD_BYTES);
  return out;
}
