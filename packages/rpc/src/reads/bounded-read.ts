import type { QueryResult } from "@fb/api";
import type { Lease } from "../admission/fair-share.ts";
import { readUnits } from "../admission/shares.ts";
import { Handover } from "../answers/handover.ts";
import { TooLarge } from "../errors.ts";
import { unwrap } from "./query-result.ts";
import type { ReadScope } from "./read-scope.ts";

/** Bounds of the first try; most transactions, receipts and blocks are smaller. */
export const FIRST_LOOK_UP_BYTES = 64 * 1024;
export const FIRST_BLOCK_BYTES = 256 * 1024;

/** A byte as the group counts it is held once as it arrived, and as two characters of text. */
const HELD_PER_BYTE = 3;
const CHARS_PER_BYTE = 2;

/** Bytes, as the group counts them, of what the rest of the answer can hold. */
export function bytesLeft({ room }: ReadScope): number {
  return Math.max(1, Math.floor(room.left / CHARS_PER_BYTE));
}

/** Bytes held for a result of so many bytes, from when it is asked for until its text is made. */
export function heldFor(bytes: number): number {
  return HELD_PER_BYTE * bytes;
}

/**
 * Asks the group for something that may be large. Room for the answer and a place among the group's reads are there
 * before it is asked; when more than `firstBytes` are needed, the group says so before it builds anything, and it is
 * asked again with just that bound. Rejects with {@link TooLarge} when the answer has no room for it.
 */
export async function readBounded<T, Result>(
  scope: ReadScope,
  firstBytes: number,
  ask: (maxBytes: number, signal: AbortSignal) => Promise<QueryResult<T>>,
  format: (value: T) => Result,
): Promise<Handover<Result>> {
  let bytes = Math.min(firstBytes, bytesLeft(scope));
  for (;;) {
    const lease = await scope.room.reserve(heldFor(bytes));
    try {
      const result = await reading(scope, bytes, () => ask(bytes, scope.client.signal));
      const isTooSmall = !result.ok && result.bytes !== undefined && result.bytes > bytes;
      if (!isTooSmall) return new Handover(format(unwrap(result)), lease);
      bytes = result.bytes!;
      if (bytes > bytesLeft(scope)) throw new TooLarge();
    } catch (error) {
      lease.release();
      throw error;
    }
    lease.release();
  }
}

/** Runs a read of up to so many bytes when it is the client's turn. */
export async function reading<T>(scope: ReadScope, bytes: number, read: () => Promise<T>): Promise<T> {
  const { services, handle, client } = scope;
  const lease: Lease = await services.shares.of(handle).reads.claim(client, readUnits(bytes));
  try {
    return await read();
  } finally {
    lease.release();
  }
}
