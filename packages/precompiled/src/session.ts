import type { Condition, Entry, FieldValues } from "@fb/storage-amdb";
import {
  type Address,
  type CryptoSuite,
  concatBytes,
  type Height,
  type LoadBound,
  type Log,
  type PrecompileCall,
} from "@fb/types";
import { type AbiType, type AbiValue, encodeValues } from "./abi.ts";
import type { Steps } from "./definition.ts";
import { type GasMeter, SYSTEM_GAS } from "./gas.ts";
import type { SystemCallContext, SystemTables } from "./ports.ts";
import { Stop } from "./stop.ts";
import type { SystemObject, SystemObjects } from "./tables/objects.ts";
import { fromUtf8 } from "./text.ts";

const utf8 = new TextEncoder();
const WORD_BYTES = 32;

/** An event of a system contract; indexed inputs come first and are addresses. */
export interface SystemEvent {
  /** As hashed: `Name(type,...)`. */
  readonly signature: string;
  readonly indexed: readonly Address[];
  readonly types: readonly AbiType[];
  readonly values: readonly AbiValue[];
}

/** Text fields of a row. */
export type TextRow = Readonly<Record<string, string>>;

/** One call of a system contract: its caller, metered access to tables, its logs. */
export class SystemSession {
  readonly caller: Address;
  /** The account that signed the transaction. */
  readonly origin: Address;
  /** From which height a write of this call counts. */
  readonly enableNumber: Height;
  readonly logs: Log[] = [];
  /** Keys that were read; what is done to them must be paid for before. */
  readonly tables: SystemTables;
  readonly gas: GasMeter;
  readonly objects: SystemObjects;
  readonly #address: Address;
  readonly #suite: CryptoSuite;

  constructor(suite: CryptoSuite, call: PrecompileCall, context: SystemCallContext, gas: GasMeter) {
    this.caller = call.caller;
    this.origin = call.origin;
    this.enableNumber = context.number + 1;
    this.#address = call.address;
    this.#suite = suite;
    this.tables = context.tables;
    this.gas = gas;
    this.objects = context.objects;
  }

  /**
   * Makes the rows under a key ready to be selected and pays for all of them. Never reads more than the gas that is left
   * pays for: a key that holds more ends the call. Returns how many rows there are.
   */
  *read(table: string, key: Uint8Array): Steps<number> {
    this.gas.charge(SYSTEM_GAS.key);
    if (this.tables.peek(table, key) === undefined) {
      yield [{ table, key, most: lesser(this.gas.affordable(), this.tables.room()) }];
    }
    const rows = this.tables.peek(table, key);
    if (rows === undefined) throw new Stop("OUT_OF_GAS", "out of gas");
    this.gas.charge(SYSTEM_GAS.row * BigInt(rows.length));
    const width = this.tables.schema(table)!.valueFields.length;
    let words = 0;
    for (const { fields } of rows) {
      for (let i = 0; i < width; i++) words += Math.ceil((fields[i]?.length ?? 0) / WORD_BYTES);
    }
    this.gas.charge(SYSTEM_GAS.word * BigInt(words));
    if (!this.tables.claim(table, key)) throw new Stop("OUT_OF_GAS", "the transaction reads too many rows");
    return rows.length;
  }

  /** All rows under a key, in order of insertion. */
  *rows(table: string, key: string): Steps<readonly TextRow[]> {
    const keyBytes = utf8.encode(key);
    yield* this.read(table, keyBytes);
    return this.tables.select(table, keyBytes).map(textOf);
  }

  /** Adds a row under a key that was read. */
  insert(table: string, key: string, row: TextRow): void {
    this.tables.insert(table, utf8.encode(key), this.#paid(row));
  }

  /** Sets fields of the rows under a read key whose `field` is `value`. */
  update(table: string, key: string, field: string, value: string, row: TextRow): void {
    this.tables.update(table, utf8.encode(key), this.#paid(row), equals(field, value));
  }

  /** Removes the rows under a read key whose `field` is `value`. */
  remove(table: string, key: string, field: string, value: string): void {
    this.gas.charge(SYSTEM_GAS.remove);
    this.tables.remove(table, utf8.encode(key), equals(field, value));
  }

  /** Address of a new object of the transaction. */
  createObject(object: SystemObject): Address {
    this.gas.charge(SYSTEM_GAS.object);
    return this.objects.create(object);
  }

  /** Changes an object of the transaction, which then holds so many bytes more. */
  changeObject(bytes: number, change: () => void, undo: () => void): void {
    this.gas.charge(SYSTEM_GAS.heldByte * BigInt(bytes));
    this.objects.change(bytes, change, undo);
  }

  emit(event: SystemEvent): void {
    const data = encodeValues(event.types, event.values);
    const topics = [this.#suite.hash(utf8.encode(event.signature))];
    for (const address of event.indexed) topics.push(concatBytes(new Uint8Array(12), address));
    this.gas.charge(SYSTEM_GAS.log + SYSTEM_GAS.topic * BigInt(topics.length));
    this.gas.charge(SYSTEM_GAS.logByte * BigInt(data.length));
    this.logs.push({ address: this.#address, topics, data });
  }

  #paid(row: TextRow): FieldValues {
    this.gas.charge(SYSTEM_GAS.write);
    return Object.entries(row).map(([name, value]) => {
      const bytes = utf8.encode(value);
      this.gas.charge(SYSTEM_GAS.byte * BigInt(bytes.length));
      return [name, bytes] as const;
    });
  }
}

function lesser(a: LoadBound, b: LoadBound): LoadBound {
  return { rows: Math.min(a.rows, b.rows), bytes: Math.min(a.bytes, b.bytes) };
}

function textOf(entry: Entry): TextRow {
  const row: Record<string, string> = {};
  for (const [name, value] of entry.fields) row[name] = fromUtf8.decode(value);
  return row;
}

function equals(field: string, value: string): Condition {
  return { comparisons: [{ field, op: "EQ", value: utf8.encode(value) }] };
}
