import { type Condition, type Entry, TABLE_LIMITS, type TableSchema } from "@fb/storage-amdb";
import { equalBytes, PRECOMPILED_CODES } from "@fb/types";
import { mayWrite } from "../access.ts";
import type { Steps } from "../definition.ts";
import { SYSTEM_GAS } from "../gas.ts";
import type { SystemSession } from "../session.ts";
import { refuse } from "../stop.ts";
import { USER_TABLE_LIMITS } from "./limits.ts";

/** Values by field. The key field may be among them (SPEC 10.2). */
export type RowValues = ReadonlyMap<string, Uint8Array>;

const EVERYTHING: Condition = {};
const WORD_BYTES = 32;
const utf8 = new TextEncoder();

/**
 * Operations on the rows of a user table (SPEC 10). All of them scan the rows under the key and pay for each; writes
 * return how many rows they wrote, or a code. `table` comes from `openTable` in the same block.
 */

/** Rows that satisfy the condition, in order of insertion. */
export function* selectRows(
  session: SystemSession,
  table: TableSchema,
  key: string,
  condition: Condition = EVERYTHING,
): Steps<readonly Entry[]> {
  const keyBytes = utf8.encode(key);
  if (keyBytes.length > TABLE_LIMITS.maxKeyBytes) return [];
  return yield* matching(session, table, keyBytes, condition);
}

/** Adds a row. 0 when the table has one row a key and there is one. */
export function* insertRow(session: SystemSession, table: TableSchema, key: string, values: RowValues): Steps<bigint> {
  const keyBytes = utf8.encode(key);
  const problem = problemOf(table, keyBytes, values);
  if (problem !== null) return problem;
  if (!(yield* mayWrite(session, table.name))) return PRECOMPILED_CODES.permissionDenied;
  const rows = yield* matching(session, table, keyBytes, EVERYTHING);
  if (table.keyUnique && rows.length > 0) return 0n;
  return write(session, table, keyBytes, { rows, changed: null, values });
}

/** Sets fields of the rows that satisfy the condition. */
export function* updateRows(
  session: SystemSession,
  table: TableSchema,
  key: string,
  values: RowValues,
  condition: Condition = EVERYTHING,
): Steps<bigint> {
  const keyBytes = utf8.encode(key);
  const problem = problemOf(table, keyBytes, values);
  if (problem !== null) return problem;
  const newKey = values.get(table.keyField);
  if (newKey !== undefined && !equalBytes(newKey, keyBytes)) return PRECOMPILED_CODES.keyChanged;
  if (!(yield* mayWrite(session, table.name))) return PRECOMPILED_CODES.permissionDenied;
  const changed = yield* matching(session, table, keyBytes, condition);
  const rows = session.tables.select(table.name, keyBytes);
  return write(session, table, keyBytes, { rows, changed: { rows: changed, condition }, values });
}

/** Removes the rows that satisfy the condition. */
export function* removeRows(
  session: SystemSession,
  table: TableSchema,
  key: string,
  condition: Condition = EVERYTHING,
): Steps<bigint> {
  const keyBytes = utf8.encode(key);
  if (keyBytes.length > TABLE_LIMITS.maxKeyBytes) return PRECOMPILED_CODES.keyTooLong;
  if (!(yield* mayWrite(session, table.name))) return PRECOMPILED_CODES.permissionDenied;
  const rows = yield* matching(session, table, keyBytes, condition);
  session.gas.charge(SYSTEM_GAS.remove * BigInt(rows.length));
  return BigInt(session.tables.remove(table.name, keyBytes, condition));
}

/** Sets fields of the one row of a key, which is added when there is none. */
export function* setRow(session: SystemSession, table: TableSchema, key: string, values: RowValues): Steps<bigint> {
  const keyBytes = utf8.encode(key);
  const problem = problemOf(table, keyBytes, values);
  if (problem !== null) return problem;
  if (!(yield* mayWrite(session, table.name))) return PRECOMPILED_CODES.permissionDenied;
  const rows = yield* matching(session, table, keyBytes, EVERYTHING);
  const changed = rows.length === 0 ? null : { rows, condition: EVERYTHING };
  return write(session, table, keyBytes, { rows, changed, values });
}

function* matching(
  session: SystemSession,
  table: TableSchema,
  key: Uint8Array,
  condition: Condition,
): Steps<readonly Entry[]> {
  const comparisons = condition.comparisons ?? [];
  for (const { field } of comparisons) {
    if (field !== table.keyField && !table.valueFields.includes(field))
      refuse("the condition names no field of the table");
  }
  const scanned = BigInt(yield* session.read(table.name, key));
  session.gas.charge(scanned * SYSTEM_GAS.field * BigInt(table.valueFields.length));
  for (const { value } of comparisons) {
    session.gas.charge(
      scanned * (SYSTEM_GAS.comparison + SYSTEM_GAS.word * BigInt(Math.ceil(value.length / WORD_BYTES))),
    );
  }
  return session.tables.select(table.name, key, condition);
}

interface Write {
  /** All rows under the key. */
  readonly rows: readonly Entry[];
  /** Null = a row is added. */
  readonly changed: { readonly rows: readonly Entry[]; readonly condition: Condition } | null;
  readonly values: RowValues;
}

/** Pays for a write, keeps it within what a key may hold, and does it. Returns the rows written. */
function write(session: SystemSession, table: TableSchema, key: Uint8Array, { rows, changed, values }: Write): bigint {
  const fields = [...values].filter(([name]) => name !== table.keyField);
  const named = fields.reduce((sum, [, value]) => sum + value.length, 0);
  let kept = 0;
  let longest = named;
  for (const row of changed?.rows ?? []) {
    const keeps = bytesOf(row) - bytesOf(row, values);
    kept += keeps;
    longest = Math.max(longest, keeps + named);
  }
  const count = changed === null ? 1 : changed.rows.length;
  session.gas.charge(BigInt(count) * (SYSTEM_GAS.write + SYSTEM_GAS.byte * BigInt(named)));
  session.gas.charge(SYSTEM_GAS.keptByte * BigInt(kept));
  const { maxRowBytes, maxRowsPerKey, maxBytesPerKey } = USER_TABLE_LIMITS;
  if (longest > maxRowBytes) refuse(`a row has at most ${maxRowBytes} bytes`);
  let bytes = count * named;
  for (const row of rows) bytes += bytesOf(row);
  for (const row of changed?.rows ?? []) bytes -= bytesOf(row, values);
  if (changed === null && rows.length >= maxRowsPerKey) refuse(`a key has at most ${maxRowsPerKey} rows`);
  if (bytes > maxBytesPerKey) refuse(`the rows of a key have at most ${maxBytesPerKey} bytes`);
  if (changed === null) return BigInt(session.tables.insert(table.name, key, fields));
  return BigInt(session.tables.update(table.name, key, fields, changed.condition));
}

/** Bytes of the value fields of a row, or of those of them that are named. */
function bytesOf(row: Entry, named?: RowValues): number {
  let bytes = 0;
  for (const [name, value] of row.fields) if (named === undefined || named.has(name)) bytes += value.length;
  return bytes;
}

/** Code for a key or values that no row can have; null when it can. */
function problemOf(table: TableSchema, key: Uint8Array, values: RowValues): bigint | null {
  if (key.length > TABLE_LIMITS.maxKeyBytes) return PRECOMPILED_CODES.keyTooLong;
  for (const [name, value] of values) {
    if (name === table.keyField) continue;
    if (!table.valueFields.includes(name)) return PRECOMPILED_CODES.badFieldName;
    if (value.length > TABLE_LIMITS.maxFieldBytes) return PRECOMPILED_CODES.valueTooLong;
  }
  return null;
}
