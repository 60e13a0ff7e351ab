import { STATE_KEYS } from "@fb/blockchain";
import { createAccountRowCheck } from "@fb/state-storage";
import { keyNumber, numberKey, shownBytes, TABLES } from "@fb/storage-amdb";
import { EMPTY, equalBytes, isCode, type TableRow, toHex } from "@fb/types";
import { TableCounts } from "../table-stats.ts";
import type { VerifyContext } from "./context.ts";
import { RowShapes } from "./row-shape.ts";

export interface RowsOptions {
  /** As `checkHistory` found it; null = unknown. */
  readonly isWritten: ((table: string, key: Uint8Array) => boolean) | null;
}

/** Every row of the store once, in order: tables and shapes, code, contract tables. Returns how many there are. */
export async function verifyRows(context: VerifyContext, { isWritten }: RowsOptions): Promise<TableCounts> {
  const { backend, suite, head, genesis, report, onProgress, signal } = context;
  const counts = new TableCounts();
  const shapes = new RowShapes(head, genesis.stateType);
  const codes = new Set<string>();
  const accounts = createAccountRowCheck({
    emptyCodeHash: suite.hash(EMPTY),
    hasCode: (hash) => codes.has(toHex(hash)),
    isWritten,
    report,
  });
  let unknown = "";
  const check = (row: TableRow) => {
    const { table, key, fields } = row;
    const schema = shapes.schema(table);
    if (schema === null) {
      // Once a table.
      if (table !== unknown) report({ code: "TABLE_UNKNOWN", table, expected: "a table of this group", found: table });
      unknown = table;
      return;
    }
    const problem = shapes.problem(row, schema);
    if (problem !== null) {
      const found = `row ${row.row}: ${fields.map(shownBytes).join(",")}`;
      report({ code: "ROW_UNREADABLE", table, key, row: row.row, expected: problem, found });
    } else if (table === TABLES.code) {
      codes.add(toHex(key));
      const hash = suite.hash(fields[0]!);
      if (equalBytes(hash, key)) return;
      report({ code: "ROW_DIFFERS", table, key, row: 0, expected: `code with hash ${toHex(key)}`, found: toHex(hash) });
    } else if (table.startsWith("c_")) accounts.row(row);
    else if (table === TABLES.currentState) checkCounterKey(context, row);
  };
  const snapshot = await backend.snapshot();
  try {
    for await (const row of snapshot.rows) {
      counts.add(row);
      check(row);
      if (counts.rows % 1024 !== 0) continue;
      signal.throwIfAborted();
      onProgress({ step: "rows", done: counts.rows, total: null, unit: "rows" });
    }
    accounts.end();
  } catch (error) {
    if (!isCode(error, "STORAGE_CORRUPT")) throw error;
    const found = (error as Error).message;
    report({
      code: "ROW_UNREADABLE",
      table: "",
      expected: "rows to the end",
      found: `${found}, after ${counts.rows} rows`,
    });
  } finally {
    await snapshot.close();
  }
  return counts;
}

function checkCounterKey({ report }: VerifyContext, { table, key, row }: TableRow): void {
  if (Object.values(STATE_KEYS).some((other) => equalBytes(other, key))) return;
  report({ code: "ROW_UNEXPECTED", table, key, row, expected: "a counter", found: "another key" });
}

/** Indexes hold what blocks put there, and no more. */
export async function verifyIndexCounts(
  context: VerifyContext,
  counts: TableCounts,
  { transactions }: { readonly transactions: number },
): Promise<void> {
  const { backend, head, report } = context;
  if (counts.rowsOf(TABLES.hashToNumber) > head + 1) {
    for await (const { key, fields } of backend.scan(TABLES.hashToNumber)) {
      const number = fields[0]?.length === 8 ? keyNumber(fields[0]) : head + 1;
      const stored = number > head ? [] : await backend.rows(TABLES.numberToHash, numberKey(number));
      if (stored[0] !== undefined && equalBytes(stored[0].fields[0] ?? EMPTY, key)) continue;
      report({
        code: "ROW_UNEXPECTED",
        table: TABLES.hashToNumber,
        key,
        row: 0,
        expected: "the hash of a block",
        found: "another",
      });
    }
  }
  if (counts.rowsOf(TABLES.txHashToBlock) <= transactions) return;
  for await (const { key, fields } of backend.scan(TABLES.txHashToBlock)) {
    context.signal.throwIfAborted();
    const [number, place] = fields;
    const height = number?.length === 8 ? keyNumber(number) : head + 1;
    const index = place?.length === 4 ? new DataView(place.buffer, place.byteOffset).getUint32(0) : -1;
    const txs = height > head ? [] : await backend.rows(TABLES.numberToTxs, numberKey(height));
    const hashes = txs[0]?.fields[0] ?? EMPTY;
    if (index >= 0 && equalBytes(hashes.subarray(32 * index, 32 * index + 32), key)) continue;
    report({
      code: "ROW_UNEXPECTED",
      table: TABLES.txHashToBlock,
      key,
      row: 0,
      expected: "a transaction of a block",
      found: "another",
    });
  }
}
