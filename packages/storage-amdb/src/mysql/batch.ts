import { compareBytes, type RowOp } from "@fb/types";
import { asBuffer } from "../backend/as-buffer.ts";
import { storageError } from "../errors.ts";
import { checkKey, checkOp, tablePrefix } from "../row-codec.ts";
import { TABLES } from "../system-tables.ts";
import { type SqlConnection, type SqlValue, sqlFailure } from "./binding.ts";
import type { Catalogue } from "./catalogue.ts";
import { addressOf, columnsOf, fixedTable, pushFields, type SqlTable, userTable } from "./layout.ts";
import { deleteSql, MAX_ROWS, upsertSql } from "./statements.ts";

/** The rows that a block writes to one table of the server and those that it removes, each once. */
interface TableWrites {
  readonly puts: RowOp[];
  readonly drops: RowOp[];
}

export interface WantedTable {
  readonly table: SqlTable;
  /** Whether the batch itself says what its columns are. */
  readonly isDescribed: boolean;
}

/** A block's batch, checked, by table. */
export interface Batch {
  readonly writes: ReadonlyMap<string, TableWrites>;
  /** What the batch writes to or describes. */
  readonly tables: readonly WantedTable[];
}

/** Bytes of one statement at most, whatever the server takes. */
const MAX_STATEMENT_BYTES = 8 * 1024 * 1024;
/** Of one statement: the protocol counts them in two bytes. */
const MAX_PARAMETERS = 65_535;
/** Of a parameter: its type, its length, its share of the bitmap. */
const PARAMETER_BYTES = 12;
const STATEMENT_BYTES = 1024;
/** The server's number for it. */
const PACKET_TOO_LARGE = 1153;

/** Sorts a batch by tables and rows, as the server's indexes are; the last operation on a row counts. Throws ROW_INVALID. */
export function sortBatch(batch: readonly RowOp[]): Batch {
  const byTable = new Map<string, RowOp[]>();
  const bySqlTable = new Map<string, RowOp[]>();
  for (const op of batch) {
    checkOp(op);
    checkKey(op.key);
    let ops = byTable.get(op.table);
    if (ops === undefined) {
      tablePrefix(op.table);
      const name = fixedTable(op.table)?.name ?? op.table;
      ops = bySqlTable.get(name) ?? [];
      byTable.set(op.table, ops);
      bySqlTable.set(name, ops);
    }
    ops.push(op);
  }
  const writes = new Map<string, TableWrites>();
  for (const [name, ops] of bySqlTable) {
    const puts: RowOp[] = [];
    const drops: RowOp[] = [];
    // The sort keeps the order of equals, and takes one look at what is in order.
    ops.sort(compareRows);
    for (const [i, op] of ops.entries()) {
      const next = ops[i + 1];
      if (next === undefined || compareRows(op, next) !== 0) (op.fields === null ? drops : puts).push(op);
    }
    writes.set(name, { puts, drops });
  }
  return { writes, tables: wantedTables(writes) };
}

function compareRows(a: RowOp, b: RowOp): number {
  if (a.table !== b.table) return a.table < b.table ? -1 : 1;
  return compareBytes(a.key, b.key) || a.row - b.row;
}

function wantedTables(writes: ReadonlyMap<string, TableWrites>): WantedTable[] {
  const descriptions = writes.get(TABLES.tables)?.puts ?? [];
  const described = descriptions
    .map(({ key, fields }) => [decoder.decode(key), fields!] as const)
    .filter(([name]) => name.startsWith("u_"));
  const tables = described.map(([name, fields]) => ({ table: userTable(name, fields), isDescribed: true }));
  // A key of `_sys_tables_` may be anything, and a description too.
  const wanted: WantedTable[] = tables.filter(({ table }, i) => {
    return table.values.length > 0 && table.name === described[i]![0];
  });
  for (const name of writes.keys()) {
    if (wanted.some(({ table }) => table.name === name)) continue;
    wanted.push({ table: fixedTable(name) ?? userTable(name, undefined), isDescribed: false });
  }
  return wanted;
}

/** Sends the batch; what belongs around it, a transaction, is the caller's. */
export async function writeBatch(connection: SqlConnection, { writes }: Batch, catalogue: Catalogue): Promise<void> {
  let current = "";
  // Made for the library once, not for each row.
  let address: Buffer | null = null;
  const pushRow = (values: SqlValue[], { table, key, row }: RowOp) => {
    if (table !== current) {
      current = table;
      const bytes = addressOf(table);
      address = bytes && asBuffer(bytes);
    }
    if (address !== null) values.push(address);
    values.push(key, row);
  };
  for (const [name, { puts, drops }] of writes) {
    const table = catalogue.get(name);
    if (table === undefined) throw storageError("STORAGE_FAILED", "a table was not made", { table: name });
    await inPieces(drops, connection.maxPacketBytes, MAX_ROWS, (piece) => {
      const values: SqlValue[] = [];
      for (const op of piece) pushRow(values, op);
      return connection.write(deleteSql(table, piece.length), values);
    });
    const maxRows = Math.min(MAX_ROWS, Math.floor(MAX_PARAMETERS / columnsOf(table).length));
    await inPieces(puts, connection.maxPacketBytes, maxRows, (piece) => {
      const values: SqlValue[] = [];
      for (const op of piece) {
        pushRow(values, op);
        pushFields(values, table, op.fields!);
      }
      return connection.write(upsertSql(table, piece.length), values);
    });
  }
}

/**
 * Cuts operations into powers of two that a packet of the server can carry. Throws a failure when it cannot carry one,
 * which the operator heals.
 */
async function inPieces(
  ops: readonly RowOp[],
  maxPacketBytes: number,
  maxRows: number,
  send: (piece: readonly RowOp[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < ops.length; ) {
    let bytes = STATEMENT_BYTES;
    let fitting = 0;
    for (; fitting < maxRows && at + fitting < ops.length; fitting++) {
      bytes += bytesOf(ops[at + fitting]!);
      if (bytes > maxPacketBytes || (fitting > 0 && bytes > MAX_STATEMENT_BYTES)) break;
    }
    if (fitting === 0) throw sqlFailure(`a row needs ${bytes} bytes`, { errno: PACKET_TOO_LARGE });
    const size = 2 ** Math.floor(Math.log2(fitting));
    await send(ops.slice(at, at + size));
    at += size;
  }
}

function bytesOf({ key, fields }: RowOp): number {
  let bytes = key.length + 2 * PARAMETER_BYTES;
  for (const field of fields ?? []) bytes += field.length + PARAMETER_BYTES;
  return bytes;
}

const decoder = new TextDecoder();
