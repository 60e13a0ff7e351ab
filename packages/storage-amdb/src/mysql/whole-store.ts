import { type RowOp, type TableRow, toHex } from "@fb/types";
import { contractTableName } from "../schema.ts";
import type { SqlRow } from "./binding.ts";
import type { Catalogue } from "./catalogue.ts";
import { CONTRACTS } from "./layout.ts";
import { Scan } from "./scan.ts";
import type { Snapshot } from "./snapshot.ts";
import { nextAddressSql } from "./statements.ts";

/** Bytes of rows written together. */
const PORTION_BYTES = 2 * 1024 * 1024;
const ROW_BYTES = 64;

/** Every row of a snapshot in order of (table, key, row), in pages. */
export async function* allPages(snapshot: Snapshot, catalogue: Catalogue): AsyncIterable<readonly TableRow[]> {
  for (const name of catalogue.names()) {
    for await (const table of name === CONTRACTS.name ? contracts(snapshot) : [name]) {
      const scan = new Scan(table, catalogue.get(name)!, {}, (statement) => snapshot.select(statement));
      for (let page = await scan.next(); page !== null; page = await scan.next()) {
        yield page.map((row) => ({ table, ...row }));
      }
    }
  }
}

/** One after the other, so that each is read along its index. */
async function* contracts(snapshot: Snapshot): AsyncIterable<string> {
  let address: Uint8Array | null = null;
  for (;;) {
    const [row]: readonly SqlRow[] = await snapshot.select(nextAddressSql(CONTRACTS, address));
    if (row === undefined) return;
    address = row[0] as Uint8Array;
    yield contractTableName(toHex(address));
  }
}

/** Rows in portions of one transaction each. */
export async function* portions(rows: AsyncIterable<TableRow>): AsyncIterable<readonly RowOp[]> {
  let portion: RowOp[] = [];
  let bytes = 0;
  for await (const row of rows) {
    portion.push(row);
    bytes += row.fields.reduce((sum, field) => sum + field.length, row.key.length + ROW_BYTES);
    if (bytes < PORTION_BYTES) continue;
    yield portion;
    portion = [];
    bytes = 0;
  }
  if (portion.length > 0) yield portion;
}
