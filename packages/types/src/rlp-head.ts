export const STRING_BASE = 0x80;
export const LIST_BASE = 0xc0;

/** Bytes of the head in front of a payload of `length` bytes; payloads are below 4 GiB. */
export function rlpHeadSize(length: number): number {
  if (length < 56) return 1;
  if (length < 0x100) return 2;
  if (length < 0x10000) return 3;
  return length < 0x1000000 ? 4 : 5;
}

/** Writes the head of a payload of `length` bytes at `start`; returns where the payload goes. */
export function writeRlpHead(out: Uint8Array, start: number, length: number, base: number): number {
  if (length < 56) {
    out[start] = base + length;
    return start + 1;
  }
  const lengthBytes = rlpHeadSize(length) - 1;
  out[start] = base + 55 + lengthBytes;
  for (let i = lengthBytes, rest = length; i > 0; i--, rest = Math.floor(rest / 256)) out[start + i] = rest % 256;
  return start + 1 + lengthBytes;
}
