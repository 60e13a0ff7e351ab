import { type RowOp, type StorageBackend, type StoredRow, toHex } from "@fb/types";

/** Storage that outlives the backends opened over it. */
export interface BackendFixture {
  /** Opens it; an earlier backend was closed before. */
  open(): Promise<StorageBackend>;
  dispose(): Promise<void>;
}

/** What the tests of a suite share: the backend of the running test. */
export interface BackendContext {
  backend(): StorageBackend;
  reopen(): Promise<void>;
}

/** A table with several rows under a key, and the two before and after it. */
export const MULTI = "_sys_config_";
export const NEIGHBOURS = ["_sys_cns_", "_sys_consensus_"] as const;
/** A table with one row a key. */
export const UNIQUE = "_sys_code_";
/** A table of users. */
export const USER = "u_accounts";

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A key of 8 bytes, ordered like the numbers. */
export function numberKey(number: number): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigUint64(0, BigInt(number));
  return key;
}

export function put(table: string, key: Uint8Array, row: number, ...values: string[]): RowOp {
  return { table, key, row, fields: values.map(text) };
}

export function drop(table: string, key: Uint8Array, row: number): RowOp {
  return { table, key, row, fields: null };
}

export async function collect<T extends StoredRow>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** Rows as text, `key/row=fields`, in hex. */
export function show(rows: Iterable<StoredRow>): string[] {
  return Array.from(rows, ({ key, row, fields }) => `${toHex(key)}/${row}=${fields.map(toHex).join(",")}`);
}
