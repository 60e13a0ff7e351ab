import type { LoadBound } from "@fb/types";
import { Stop } from "./stop.ts";

/** Prices of system contracts, in gas. They are consensus rules: a change is a new rules version. */
export const SYSTEM_GAS = {
  /** Any call. */
  call: 700n,
  /** Each 32 bytes of input decoded, of output encoded and of row fields scanned. */
  word: 3n,
  /** Each byte of a text among the arguments, before it is read; several may share theirs. */
  textByte: 1n,
  /** Reading a key, whatever it holds: the price of a cold slot. */
  key: 2_100n,
  /** Each row under a key that is read. */
  row: 200n,
  /** Inserting or replacing a row, without its bytes. */
  write: 20_000n,
  /** Each byte of a written row: the price of contract code. */
  byte: 200n,
  /** Each byte of a field that a row keeps when others of it are written: it is written to disk again, and held till then. */
  keptByte: 32n,
  remove: 5_000n,
  /** Each field of a row of a user table that is read. */
  field: 10n,
  /** Each comparison of a condition, for each row, and a `word` for each 32 bytes of the value compared with. */
  comparison: 50n,
  /** An object of a transaction: an opened table, an entry, a selection, a condition. */
  object: 1_000n,
  /** Each byte put into an object. */
  heldByte: 1n,
  /** A user table created, beside the row that describes it. */
  table: 1_000_000n,
  /** Each character of JSON that is read, each byte of names and values that is written as JSON. */
  json: 5n,
  /** A log, each of its topics, each byte of its data: as LOG. */
  log: 375n,
  topic: 375n,
  logByte: 8n,
} as const;

/** Counts down the gas of one call. */
export class GasMeter {
  readonly #limit: bigint;
  #left: bigint;

  constructor(limit: bigint) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** Stops the call when the gas does not suffice. */
  charge(amount: bigint): void {
    this.#left -= amount;
    if (this.#left < 0n) throw new Stop("OUT_OF_GAS", "out of gas");
  }

  chargeWords(bytes: number): void {
    this.charge(SYSTEM_GAS.word * BigInt(Math.ceil(bytes / 32)));
  }

  /**
   * What is left pays for no more rows and bytes under a key than these. The bytes of a row that have no price, its block
   * number, are far less than what is paid for the row.
   */
  affordable(): LoadBound {
    const rows = this.#left / SYSTEM_GAS.row;
    const words = this.#left / SYSTEM_GAS.word;
    return { rows: Number(rows), bytes: 32 * Number(words) };
  }

  used(): bigint {
    return this.#left < 0n ? this.#limit : this.#limit - this.#left;
  }
}
