/** The 4-bit digits of bytes, high digit first. */
export function toNibbles(bytes: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(bytes.length * 2);
  for (let i = 0; i < bytes.length; i++) {
    nibbles[2 * i] = bytes[i]! >> 4;
    nibbles[2 * i + 1] = bytes[i]! & 15;
  }
  return nibbles;
}

/** How many digits from `start` on are equal in both, up to `length`. */
export function sharedLength(a: Uint8Array, b: Uint8Array, start: number, length: number): number {
  let shared = 0;
  while (shared < length && a[start + shared] === b[start + shared]) shared++;
  return shared;
}

/** True when `path` from `depth` on begins with `part`. */
export function continuesWith(path: Uint8Array, depth: number, part: Uint8Array): boolean {
  if (path.length - depth < part.length) return false;
  for (let i = 0; i < part.length; i++) if (path[depth + i] !== part[i]) return false;
  return true;
}

export function joinNibbles(a: Uint8Array, nibble: number | null, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + (nibble === null ? 0 : 1) + b.length);
  out.set(a);
  if (nibble !== null) out[a.length] = nibble;
  out.set(b, out.length - b.length);
  return out;
}

/** Length of {@link writeHexPrefix}'s output. */
export function hexPrefixLength(path: Uint8Array): number {
  return (path.length >> 1) + 1;
}

/** Writes the compact form of a path with its terminator flag (yellow paper, appendix C). */
export function writeHexPrefix(out: Uint8Array, start: number, path: Uint8Array, isLeaf: boolean): void {
  const odd = path.length & 1;
  out[start] = (isLeaf ? 0x20 : 0) | (odd === 1 ? 0x10 | path[0]! : 0);
  for (let i = odd, at = start + 1; i < path.length; i += 2, at++) out[at] = (path[i]! << 4) | path[i + 1]!;
}

/** Inverse of {@link writeHexPrefix}; null for bytes it never produces. */
export function fromHexPrefix(bytes: Uint8Array): { path: Uint8Array; isLeaf: boolean } | null {
  const flags = bytes[0];
  if (flags === undefined || flags >> 4 > 3) return null;
  const odd = (flags & 0x10) !== 0;
  if (!odd && (flags & 15) !== 0) return null;
  return { path: toNibbles(bytes).subarray(odd ? 1 : 2), isLeaf: flags >= 0x20 };
}
