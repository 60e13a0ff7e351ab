import { type ReportFault, shownBytes } from "@fb/storage-amdb";
import { equalBytes, type StorageSnapshot, type TableRow } from "@fb/types";
import { compareRowPlaces } from "./files/row-items.ts";
import type { JobDeps } from "./ports.ts";

export interface CompareOptions {
  /** What the progress calls it. */
  readonly step: string;
  /** Rows of the first store that the second one may lack. */
  readonly mayLack?: (row: TableRow) => boolean;
  readonly report: ReportFault;
}

/** Goes through two stores side by side and reports each row that is not the same in both. Returns how many are. */
export async function compareStores(
  expected: StorageSnapshot,
  found: StorageSnapshot,
  { step, mayLack = () => false, report }: CompareOptions,
  { onProgress, signal }: JobDeps,
): Promise<number> {
  const [left, right] = [expected.rows[Symbol.asyncIterator](), found.rows[Symbol.asyncIterator]()];
  const next = async (rows: AsyncIterator<TableRow>) => {
    const { done, value } = await rows.next();
    return done === true ? null : value;
  };
  let same = 0;
  try {
    let [a, b] = [await next(left), await next(right)];
    for (let steps = 0; a !== null || b !== null; steps++) {
      const order: number = a === null ? 1 : b === null ? -1 : compareRowPlaces(a, b);
      if (order < 0) {
        if (!mayLack(a!)) report({ code: "ROW_MISSING", ...place(a!), expected: shown(a!), found: "nothing" });
      } else if (order > 0) {
        report({ code: "ROW_UNEXPECTED", ...place(b!), expected: "no such row", found: shown(b!) });
      } else if (sameFields(a!, b!)) same++;
      else report({ code: "ROW_DIFFERS", ...place(a!), expected: shown(a!), found: shown(b!) });
      if (order <= 0) a = await next(left);
      if (order >= 0) b = await next(right);
      if (steps % 256 !== 0) continue;
      signal.throwIfAborted();
      onProgress({ step, done: steps, total: null, unit: "rows" });
    }
    return same;
  } finally {
    await expected.close();
    await found.close();
  }
}

const place = ({ table, key, row }: TableRow) => ({ table, key, row });
const shown = ({ fields }: TableRow) => fields.map(shownBytes).join(",");

function sameFields(a: TableRow, b: TableRow): boolean {
  return a.fields.length === b.fields.length && a.fields.every((field, i) => equalBytes(field, b.fields[i]!));
}
