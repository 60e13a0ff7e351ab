import { PRICES } from "@fb/runtime";

/** Raw transactions that are worked off in one go, with prices in microseconds. */
export interface TxPiece {
  readonly part: readonly Uint8Array[];
  /** For hashing them. */
  readonly hashing: number;
  /** For each of them, decoding and hashing it and looking it up, without its signature. */
  readonly prices: readonly number[];
}

/** Transactions of a piece at most, so that recovering the signatures of one keeps the thread for 5 ms. */
const MAX_TXS = 50;
/** Bytes of a piece at most, a single larger transaction apart. */
const MAX_BYTES = 512 * 1024;
const KIBIBYTE = 1_024;

export function* txPieces(txs: readonly Uint8Array[]): Generator<TxPiece, undefined> {
  for (let from = 0; from < txs.length; ) {
    let to = from;
    let bytes = 0;
    const prices: number[] = [];
    while (to < txs.length && to - from < MAX_TXS) {
      const { length } = txs[to]!;
      if (to > from && bytes + length > MAX_BYTES) break;
      bytes += length;
      // Hashed whole, and once more for what was signed.
      prices.push(PRICES.transaction + (length / KIBIBYTE) * (PRICES.kibibyte + 2 * PRICES.hashedKibibyte));
      to++;
    }
    const hashing = (to - from) * PRICES.object + (bytes / KIBIBYTE) * PRICES.hashedKibibyte;
    yield { part: txs.slice(from, to), hashing, prices };
    from = to;
  }
}
