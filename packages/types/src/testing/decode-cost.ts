/** What a decoder may build in memory for each byte it was given, beyond {@link FREE_BYTES}. */
const MAX_COST_PER_BYTE = 32;
/** Of the smallest limits: so many elements cost little, however few bytes they have on the wire. */
const FREE_BYTES = 4 * 1024 * 1024;

/** Sizes of V8's objects on 64 bits: a view of a buffer, an array or object without its elements, one of those. */
const VIEW_BYTES = 104;
const OBJECT_BYTES = 32;
const SLOT_BYTES = 8;

/** Heap taken by a decoded value by this model of it, in bytes. Shared parts count once. */
function heapBytes(value: unknown, seen = new Set<object>()): number {
  if (typeof value === "string") return OBJECT_BYTES + value.length;
  if (typeof value === "bigint") return OBJECT_BYTES;
  if (typeof value !== "object" || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (value instanceof Uint8Array) return VIEW_BYTES;
  const parts = Object.values(value);
  return parts.reduce<number>((sum, part) => sum + SLOT_BYTES + heapBytes(part, seen), OBJECT_BYTES);
}

/**
 * Decodes `bytes` and returns by how much the cost exceeds what is allowed for that many; not positive = all is well.
 * Accepted bytes are judged by what was built of them, refused ones by what was built before: the growth of the heap.
 */
export function decodeCost(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): number {
  const before = process.memoryUsage().heapUsed;
  const value = decode(bytes);
  const grown = process.memoryUsage().heapUsed - before;
  const isRefused = value === null || value === undefined;
  return (isRefused ? grown : heapBytes(value)) - FREE_BYTES - MAX_COST_PER_BYTE * bytes.length;
}
