import { PRICES } from "@fb/runtime";

/** What is looked at in one go, in microseconds at the prices of work. */
const PIECE_MICROS = 5_000;
const KIBIBYTE = 1024;
/** For its own hash, and for the one that is signed. */
const PER_KIBIBYTE = 2 * PRICES.hashedKibibyte;

/** Transactions that are admitted in one go, and what that costs at most. */
export interface Piece {
  readonly part: readonly Uint8Array[];
  readonly micros: number;
}

/** Cuts a submission, in order, so that none of its parts keeps the thread for long. A large transaction goes alone. */
export function* inPieces(raws: readonly Uint8Array[]): Generator<Piece, undefined> {
  let from = 0;
  let micros = 0;
  for (let at = 0; at < raws.length; at++) {
    const price = PRICES.transaction + PRICES.signature + (raws[at]!.length / KIBIBYTE) * PER_KIBIBYTE;
    if (at > from && micros + price > PIECE_MICROS) {
      yield { part: raws.slice(from, at), micros };
      from = at;
      micros = 0;
    }
    micros += price;
  }
  if (from < raws.length) yield { part: from === 0 ? raws : raws.slice(from), micros };
}
