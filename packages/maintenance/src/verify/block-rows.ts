import { numberKey, type ReportFault, shownBytes, TABLES } from "@fb/storage-amdb";
import {
  concatBytes,
  equalBytes,
  type Height,
  isCode,
  type RowOp,
  type StorageBackend,
  type StoredRow,
} from "@fb/types";

/** Tables with rows under the number of a block. */
export const BLOCK_TABLES = [
  TABLES.numberToHash,
  TABLES.numberToHeader,
  TABLES.numberToBody,
  TABLES.numberToTxs,
  TABLES.numberToReceipts,
  TABLES.certificates,
  TABLES.numberToMembers,
] as const;

export type BlockTable = (typeof BLOCK_TABLES)[number];

/** The rows of one block as they are stored. */
export class BlockRows {
  readonly height: Height;
  readonly key: Uint8Array;
  readonly #rows: ReadonlyMap<string, readonly StoredRow[]>;

  private constructor(height: Height, rows: ReadonlyMap<string, readonly StoredRow[]>) {
    this.height = height;
    this.key = numberKey(height);
    this.#rows = rows;
  }

  /** What storage itself cannot read is reported, and counts as absent. */
  static async load(backend: StorageBackend, height: Height, report: ReportFault): Promise<BlockRows> {
    const key = numberKey(height);
    const read = async (table: string): Promise<[string, readonly StoredRow[]]> => {
      try {
        return [table, await backend.rows(table, key)];
      } catch (error) {
        if (!isCode(error, "STORAGE_CORRUPT")) throw error;
        report({ code: "ROW_UNREADABLE", table, key, height, expected: "a row", found: (error as Error).message });
        return [table, []];
      }
    };
    return new BlockRows(height, new Map(await Promise.all(BLOCK_TABLES.map(read))));
  }

  of(table: BlockTable): readonly StoredRow[] {
    return this.#rows.get(table)!;
  }

  /** The first field of the first row. */
  value(table: BlockTable): Uint8Array | undefined {
    return this.of(table)[0]?.fields[0];
  }

  /** The first fields of all rows, joined. */
  joined(table: BlockTable): Uint8Array | undefined {
    const rows = this.of(table);
    return rows.length === 0 ? undefined : concatBytes(...rows.map(({ fields }) => fields[0] ?? new Uint8Array(0)));
  }
}

/** Compares the rows under a key with those that there must be. */
export function compareRows(
  at: { readonly table: string; readonly key: Uint8Array; readonly height: Height },
  expected: readonly RowOp[],
  found: readonly StoredRow[],
  report: ReportFault,
): void {
  const wanted = new Map(expected.map(({ row, fields }) => [row, fields!]));
  for (const { row, fields } of found) {
    const right = wanted.get(row);
    wanted.delete(row);
    if (right === undefined) {
      report({ code: "ROW_UNEXPECTED", ...at, row, expected: "no such row", found: shown(fields) });
    } else if (right.length !== fields.length || right.some((field, i) => !equalBytes(field, fields[i]!))) {
      const column = right.findIndex((field, i) => fields[i] === undefined || !equalBytes(field, fields[i]));
      report({ code: "ROW_DIFFERS", ...at, row, expected: shown(right, column), found: shown(fields, column) });
    }
  }
  for (const [row, fields] of wanted) {
    report({ code: "ROW_MISSING", ...at, row, expected: shown(fields), found: "nothing" });
  }
}

function shown(fields: readonly Uint8Array[], column = 0): string {
  return fields.length > 1 ? `field ${column}: ${shownBytes(fields[column])}` : shownBytes(fields[0]);
}
