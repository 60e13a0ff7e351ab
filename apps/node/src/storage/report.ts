import type { VerifyReport } from "@fb/maintenance";
import type { RowFault } from "@fb/storage-amdb";
import { toHex } from "@fb/types";

/** A report for people: the first faults, and what was looked at. */
export function reportLines(report: VerifyReport): string[] {
  const { first, faults, from, to, transactions, lowestBlock } = report;
  const lines = first.map(faultLine);
  if (faults > first.length) lines.push(`... and ${faults - first.length} more`);
  const pruned = lowestBlock > 1 ? `, bodies and receipts from ${lowestBlock} on` : "";
  const looked = `blocks ${from} to ${to}${pruned}, ${transactions} transactions`;
  const whole = report.rows === 0 ? "" : `, ${report.rows} rows, state of ${report.stateHeights} heights`;
  lines.push(faults === 0 ? `good: ${looked}${whole}` : `${faults} faults in ${looked}${whole}`);
  return lines;
}

function faultLine({ code, table, key, row, height, expected, found }: RowFault): string {
  const place = [
    table,
    ...(key === undefined ? [] : [`key ${toHex(key)}`]),
    ...(row === undefined || row === 0 ? [] : [`row ${row}`]),
    ...(height === undefined ? [] : [`block ${height}`]),
  ];
  return `${code} ${place.join(", ")}: expected ${expected}, found ${found}`;
}

/** A report for programs: keys in hex. */
export function reportJson({ first, ...report }: VerifyReport): object {
  return { ...report, first: first.map(({ key, ...fault }) => ({ ...fault, ...(key && { key: toHex(key) }) })) };
}
