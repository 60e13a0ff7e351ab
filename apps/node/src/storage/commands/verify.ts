import { type VerifyReport, verifyStore } from "@fb/maintenance";
import type { RowFault } from "@fb/storage-amdb";
import { toHex } from "@fb/types";
import type { StorageCommand } from "../command.ts";
import { usageError } from "../errors.ts";
import { chosenGroup, requireStore, withStore } from "../open-store.ts";

export const verify: StorageCommand = {
  name: "verify",
  summary: "check a store against itself: blocks, certificates, indexes, counters, state",
  takesFile: false,
  options: {
    from: { type: "string", value: "height", help: "first block; with --from or --to only blocks are looked at" },
    to: { type: "string", value: "height", help: "last block" },
    roots: {
      type: "string",
      value: "head|all",
      default: "head",
      help: "state mpt: tries of the head, or of every kept height",
    },
    max: { type: "string", value: "n", default: "100", help: "faults that are printed; all are counted" },
  },
  async run(input, job) {
    const group = await chosenGroup(input);
    const roots = input.text("roots");
    if (roots !== "head" && roots !== "all") throw usageError("--roots is head or all");
    const [from, to] = [input.number("from"), input.number("to")];
    requireStore(group.store);
    const report = await withStore(group, job.signal, (store) =>
      verifyStore(
        {
          genesis: group.genesis,
          roots,
          maxFaults: input.number("max")!,
          ...(from === null ? {} : { from }),
          ...(to === null ? {} : { to }),
        },
        { ...job, ...store },
      ),
    );
    return { lines: linesOf(report), json: jsonOf(report), faulty: report.faults > 0 };
  },
};

function linesOf(report: VerifyReport): string[] {
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

function jsonOf({ first, ...report }: VerifyReport): object {
  return { ...report, first: first.map(({ key, ...fault }) => ({ ...fault, ...(key && { key: toHex(key) }) })) };
}
