import type { Comparison, Condition, Entry, TableSchema } from "@fb/storage-amdb";
import { type Address, type CryptoSuite, concatBytes, type Hash, type Hex, rlpEncode, rlpUint, toHex } from "@fb/types";
import { refuse } from "../stop.ts";

/** What all addresses of objects begin with: `fbobject` in ASCII. */
const PREFIX = new TextEncoder().encode("fbobject");
const PREFIX_HEX = toHex(PREFIX);
const TAG = new TextEncoder().encode("fb-object/1");

export const OBJECT_LIMITS = {
  /** Objects of a transaction at a time. */
  maxObjects: 65_536,
  /** Bytes that contracts have put into them, those that were overwritten too. */
  maxBytes: 32 * 1024 * 1024,
} as const;

/** An opened table. */
export interface TableObject {
  readonly type: "table" | "kvTable";
  readonly schema: TableSchema;
}

/** Fields of a row by name. */
export interface EntryObject {
  readonly type: "entry";
  readonly schema: TableSchema;
  /** The row that was read; null for a new entry. */
  readonly row: Entry | null;
  /** What a contract has set. */
  readonly own: Map<string, Uint8Array>;
}

/** Rows that were selected. */
export interface EntriesObject {
  readonly type: "entries";
  readonly schema: TableSchema;
  readonly rows: readonly Entry[];
  /** Addresses of the entries that were taken out, by position. */
  readonly taken: Map<number, Address>;
}

export interface ConditionObject {
  readonly type: "condition";
  readonly comparisons: Comparison[];
  limit: NonNullable<Condition["limit"]> | null;
}

export type SystemObject = TableObject | EntryObject | EntriesObject | ConditionObject;

/** Whether an address has the form of an object's, whether or not there is one (SPEC 12.1). */
export function isObjectAddress(address: Hex): boolean {
  return address.startsWith(PREFIX_HEX);
}

/** The objects of one transaction, or of one call. Bounded, and undone with the tables of the block. */
export class SystemObjects {
  readonly #suite: CryptoSuite;
  readonly #txHash: Hash;
  readonly #objects = new Map<Hex, SystemObject>();
  readonly #undo: (() => void)[] = [];
  /** Never goes back: what held an address that was undone must not meet another object there. */
  #given = 0;
  #bytes = 0;

  constructor(suite: CryptoSuite, txHash: Hash) {
    this.#suite = suite;
    this.#txHash = txHash;
  }

  get(address: Address): SystemObject | undefined {
    return this.#objects.get(toHex(address));
  }

  /** Refuses more than {@link OBJECT_LIMITS}. */
  create(object: SystemObject): Address {
    const { maxObjects } = OBJECT_LIMITS;
    if (this.#objects.size >= maxObjects) refuse(`a transaction has at most ${maxObjects} objects`);
    const hash = this.#suite.hash(rlpEncode([TAG, this.#txHash, rlpUint(this.#given++)]));
    const address = concatBytes(PREFIX, hash.subarray(20));
    const id = toHex(address);
    this.#objects.set(id, object);
    this.#undo.push(() => this.#objects.delete(id));
    return address;
  }

  /** Changes an object, which then holds so many bytes more. Refuses more than {@link OBJECT_LIMITS}. */
  change(bytes: number, change: () => void, undo: () => void): void {
    const { maxBytes } = OBJECT_LIMITS;
    if (this.#bytes + bytes > maxBytes) refuse(`the objects of a transaction hold at most ${maxBytes} bytes`);
    this.#bytes += bytes;
    change();
    this.#undo.push(() => {
      undo();
      this.#bytes -= bytes;
    });
  }

  /** A mark to return to; marks grow with every change. */
  savepoint(): number {
    return this.#undo.length;
  }

  revertTo(savepoint: number): void {
    while (this.#undo.length > savepoint) this.#undo.pop()!();
  }
}
