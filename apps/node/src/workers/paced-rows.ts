import { PRICES, type ThreadLane } from "@fb/runtime";
import type { TableRow } from "@fb/types";

/** What one turn is asked for, in microseconds: well below a slice, so that others get into each of them. */
const TURN = 500;

/**
 * Rows as the thread has room to encode, hash and encrypt them: whatever else it has to do goes on in between. Throws the
 * reason of the signal.
 */
export async function* pacedRows(
  rows: AsyncIterable<TableRow>,
  { lane, signal }: { readonly lane: ThreadLane; readonly signal: AbortSignal },
): AsyncIterable<TableRow> {
  let owed = 0;
  for await (const row of rows) {
    signal.throwIfAborted();
    yield row;
    owed += priceOf(row);
    if (owed < TURN) continue;
    const turn = lane.take("backup", owed);
    owed = 0;
    if (turn !== null) await turn;
  }
}

function priceOf({ key, fields }: TableRow): number {
  const bytes = fields.reduce((sum, { length }) => sum + length, key.length);
  return (4 + fields.length) * PRICES.object + (bytes / 1024) * (2 * PRICES.kibibyte + PRICES.hashedKibibyte);
}
