import { integerOf, TABLE_LIMITS } from "@fb/storage-amdb";
import { type Address, EMPTY, fromHex, toHex } from "@fb/types";
import type { AbiType, AbiValue } from "../abi.ts";
import type { SystemFunction } from "../definition.ts";
import type { SystemSession } from "../session.ts";
import { refuse } from "../stop.ts";
import { fromUtf8 } from "../text.ts";
import type { RowValues } from "../user-tables/index.ts";
import type { EntriesObject, EntryObject } from "./objects.ts";

/** All value fields of a table, and its key. */
const MAX_OWN_FIELDS = TABLE_LIMITS.maxValueFields + 1;
const INT_LIMIT = 1n << 255n;
const utf8 = new TextEncoder();

/** Entry: the fields of a row, read or to be written. */
export const ENTRY_FUNCTIONS: readonly SystemFunction<EntryObject>[] = [
  getter("getInt", "int256", (value) => integer(value, -INT_LIMIT, INT_LIMIT)),
  getter("getUInt", "uint256", (value) => integer(value, 0n, 2n * INT_LIMIT)),
  getter("getAddress", "address", addressOf),
  getter("getBytes32", "bytes32", (value) => padded(value, 32)),
  getter("getBytes64", "bytes1[64]", (value) => padded(value, 64)),
  getter("getString", "string", (value) => value),
  setter("int256"),
  setter("uint256"),
  setter("string"),
  setter("address"),
];

/** Entries: the rows of a selection, in order of insertion. */
export const ENTRIES_FUNCTIONS: readonly SystemFunction<EntriesObject>[] = [
  {
    // The same entry each time.
    name: "get",
    inputs: ["int256"],
    outputs: ["address"],
    writes: false,
    run(session, [position], entries) {
      return [entryAt(session, entries, position as bigint)];
    },
  },
  {
    name: "size",
    inputs: [],
    outputs: ["int256"],
    writes: false,
    run(_session, _args, { rows }) {
      return [BigInt(rows.length)];
    },
  },
];

/** What an entry gives a row: the fields of the row it was, and what was set. */
export function valuesOf({ row, own }: EntryObject): RowValues {
  return row === null ? own : new Map([...row.fields, ...own]);
}

/** A value as its field holds it: text in UTF-8, numbers in decimal, addresses as 40 hex digits. */
export function fieldBytes(value: AbiValue): Uint8Array {
  return utf8.encode(value instanceof Uint8Array ? toHex(value) : String(value));
}

function getter(name: string, type: AbiType, convert: (value: Uint8Array) => AbiValue): SystemFunction<EntryObject> {
  return {
    name,
    inputs: ["string"],
    outputs: [type],
    writes: false,
    run(_session, [field], entry) {
      return [convert(fieldOf(entry, field as string))];
    },
  };
}

function setter(type: AbiType): SystemFunction<EntryObject> {
  return {
    name: "set",
    inputs: ["string", type],
    outputs: [],
    writes: true,
    run(session, [field, value], { own }) {
      const name = field as string;
      const bytes = fieldBytes(value!);
      const before = own.get(name);
      if (before === undefined && own.size >= MAX_OWN_FIELDS) refuse(`an entry has at most ${MAX_OWN_FIELDS} fields`);
      session.changeObject(
        utf8.encode(name).length + bytes.length,
        () => own.set(name, bytes),
        () => (before === undefined ? own.delete(name) : own.set(name, before)),
      );
      return [];
    },
  };
}

function entryAt(session: SystemSession, { schema, rows, taken }: EntriesObject, position: bigint): Address {
  if (position < 0n || position >= BigInt(rows.length)) refuse("there is no entry at this position");
  const at = Number(position);
  const known = taken.get(at);
  if (known !== undefined) return known;
  const address = session.createObject({ type: "entry", schema, row: rows[at]!, own: new Map() });
  session.changeObject(
    0,
    () => taken.set(at, address),
    () => taken.delete(at),
  );
  return address;
}

/** A field that was neither read nor set is empty. */
function fieldOf({ schema, row, own }: EntryObject, name: string): Uint8Array {
  const set = own.get(name);
  if (set !== undefined || row === null) return set ?? EMPTY;
  return name === schema.keyField ? row.key : (row.field(name) ?? EMPTY);
}

function integer(value: Uint8Array, least: bigint, limit: bigint): bigint {
  const number = integerOf(value);
  return number === null || number < least || number >= limit ? refuse("the field holds no such integer") : number;
}

function addressOf(value: Uint8Array): Address {
  const text = fromUtf8.decode(value.subarray(0, 43));
  if (!/^(0x)?[0-9a-fA-F]{40}$/.test(text)) refuse("the field holds no address");
  return fromHex(text)!;
}

/** The first bytes, and zeros. */
function padded(value: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(value.subarray(0, length));
  return bytes;
}
