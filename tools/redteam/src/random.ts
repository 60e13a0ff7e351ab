import { createCipheriv, createHash } from "node:crypto";

/** Bytes that look random and are the same for one seed: an AES key stream. */
export function seededBytes(seed: number): (bytes: number) => Uint8Array {
  const key = createHash("sha256").update(`redteam ${seed}`).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return (bytes) => new Uint8Array(cipher.update(Buffer.alloc(bytes)));
}
