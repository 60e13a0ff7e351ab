import { MAX_CHAIN_LENGTH } from "./certificates.ts";

/** SPEC 3.2. The longest hello in bytes. */
export const MAX_HELLO_BYTES = 16 * 1024;
const MAGIC = [0x46, 0x42, 0x50, 0x32]; // "FBP2"
const FIXED_BYTES = 13;

/** What each side says first inside the encrypted channel. */
export interface Hello {
  /** Lowest and highest protocol version spoken, 0..65535. */
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly chainId: number;
  /** DER certificates, node certificate first. */
  readonly chain: readonly Uint8Array[];
}

/** magic(4) minVersion(2) maxVersion(2) chainId(4) count(1) then per certificate length(2) DER; all big endian. */
export function encodeHello(hello: Hello): Uint8Array {
  const length = hello.chain.reduce((sum, der) => sum + 2 + der.length, FIXED_BYTES);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC, 0);
  view.setUint16(4, hello.minVersion);
  view.setUint16(6, hello.maxVersion);
  view.setUint32(8, hello.chainId);
  bytes[12] = hello.chain.length;
  let at = FIXED_BYTES;
  for (const der of hello.chain) {
    view.setUint16(at, der.length);
    bytes.set(der, at + 2);
    at += 2 + der.length;
  }
  return bytes;
}

/** Null for anything but a complete hello without bytes left over. The certificates are views into `bytes`. */
export function decodeHello(bytes: Uint8Array): Hello | null {
  if (bytes.length < FIXED_BYTES || bytes.length > MAX_HELLO_BYTES) return null;
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = bytes[12]!;
  if (count === 0 || count > MAX_CHAIN_LENGTH) return null;
  const chain: Uint8Array[] = [];
  let at = FIXED_BYTES;
  for (let i = 0; i < count; i++) {
    if (at + 2 > bytes.length) return null;
    const length = view.getUint16(at);
    at += 2;
    if (length === 0 || at + length > bytes.length) return null;
    chain.push(bytes.subarray(at, at + length));
    at += length;
  }
  if (at !== bytes.length) return null;
  const minVersion = view.getUint16(4);
  const maxVersion = view.getUint16(6);
  if (minVersion > maxVersion) return null;
  return { minVersion, maxVersion, chainId: view.getUint32(8), chain };
}
