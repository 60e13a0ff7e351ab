import { statStore } from "@fb/maintenance";
import type { StorageCommand } from "../command.ts";
import { chosenGroup, requireStore, withStore } from "../open-store.ts";

export const stat: StorageCommand = {
  name: "stat",
  summary: "rows and bytes of each table",
  takesFile: false,
  options: {},
  async run(input, job) {
    const group = await chosenGroup(input);
    requireStore(group.store);
    const stats = await withStore(group, job.signal, ({ backend }) => statStore({ ...job, backend }));
    const width = Math.max(...stats.tables.map(({ table }) => table.length));
    const columns = (name: string, rows: string | number, bytes: string | number) =>
      `${name.padEnd(width)} ${String(rows).padStart(12)} ${String(bytes).padStart(16)}`;
    const lines = [
      `height ${stats.height}, state ${stats.stateType ?? "unknown"}, ${stats.transactions} transactions`,
      columns("table", "rows", "bytes"),
      ...stats.tables.map(({ table, rows, bytes }) => columns(table, rows, bytes)),
      columns("all", stats.rows, stats.bytes),
    ];
    return { lines, json: stats, faulty: false };
  },
};
