import { equalBytes } from "./bytes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import { BLOOM_BYTES, EMPTY_BLOOM } from "./header-codec.ts";
import type { Log } from "./receipt.ts";

/** The 2048-bit bloom over addresses and topics of logs (yellow paper 4.3.1). Must not be modified. */
export function logsBloom(suite: CryptoSuite, logs: readonly Log[]): Uint8Array {
  if (logs.length === 0) return EMPTY_BLOOM;
  const bloom = new Uint8Array(BLOOM_BYTES);
  for (const log of logs) {
    add(suite, bloom, log.address);
    for (const topic of log.topics) add(suite, bloom, topic);
  }
  return bloom;
}

/** Adds every bit of `from` to `into`. */
export function orBloom(into: Uint8Array, from: Uint8Array): void {
  for (let i = 0; i < BLOOM_BYTES; i++) into[i]! |= from[i]!;
}

/** False when no log with this address or topic went into the bloom; true otherwise, at times by accident. */
export function bloomContains(suite: CryptoSuite, bloom: Uint8Array, value: Uint8Array): boolean {
  const hash = suite.hash(value);
  for (let i = 0; i < 6; i += 2) {
    const bit = bitAt(hash, i);
    if ((bloom[byteOf(bit)]! & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** What was hashed. */
interface Hashed {
  readonly suite: CryptoSuite;
  readonly value: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * Contracts log the same addresses and topics again and again, and hashing them costs more than everything else of a
 * bloom. One entry for each of the low bytes that values end with: a newer value takes the place of an older one.
 */
const SEEN = new Array<Hashed | undefined>(1024);

function add(suite: CryptoSuite, bloom: Uint8Array, value: Uint8Array): void {
  const slot = ((value[value.length - 2]! << 8) | value[value.length - 1]!) & (SEEN.length - 1);
  let seen = SEEN[slot];
  if (seen?.suite !== suite || !equalBytes(seen.value, value)) {
    // A copy: a value may be a view of a large buffer.
    SEEN[slot] = seen = { suite, value: value.slice(), hash: suite.hash(value) };
  }
  const { hash } = seen;
  for (let i = 0; i < 6; i += 2) {
    const bit = bitAt(hash, i);
    bloom[byteOf(bit)]! |= 1 << (bit & 7);
  }
}

function bitAt(hash: Uint8Array, i: number): number {
  return ((hash[i]! << 8) | hash[i + 1]!) & 2047;
}

function byteOf(bit: number): number {
  return BLOOM_BYTES - 1 - (bit >> 3);
}
