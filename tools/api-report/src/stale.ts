import { existsSync, readFileSync } from "node:fs";
import { type EntryPoint, existingReports } from "./entries.ts";
import { renderReport } from "./render.ts";
import { readSurfaces } from "./surface.ts";

/** Paths of reports that are not what the built entries export, with what they should be; null = no entry has it. */
export function staleReports(root: string, entries: readonly EntryPoint[]): Map<string, string | null> {
  const surfaces = readSurfaces(entries.map(({ declarations }) => declarations));
  const stale = new Map<string, string | null>(existingReports(root).map((path) => [path, null]));
  for (const { name, declarations, report } of entries) {
    const text = renderReport(name, surfaces.get(declarations)!);
    if (existsSync(report) && readFileSync(report, "utf8") === text) stale.delete(report);
    else stale.set(report, text);
  }
  return stale;
}
