import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An entry of a published package. */
export interface EntryPoint {
  /** As an import names it. */
  readonly name: string;
  /** Absolute path of its built declarations. */
  readonly declarations: string;
  /** Absolute path of its report. */
  readonly report: string;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, { readonly types?: string } | string>> };
}

/** Every entry with declarations of the packages that are published; programs have none. */
export function publishedEntries(root: string): EntryPoint[] {
  return packageFolders(root).flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    if (manifest.private === true) return [];
    return Object.entries(manifest.publishConfig?.exports ?? {}).flatMap(([entry, target]) => {
      if (typeof target === "string" || target.types === undefined) return [];
      const report = `${entry === "." ? "index" : entry.slice(2).replaceAll("/", "-")}.api.md`;
      return [
        {
          name: join(manifest.name, entry),
          declarations: join(folder, target.types),
          report: join(folder, "api", report),
        },
      ];
    });
  });
}

/** Reports that exist, whether or not there is still an entry for them. */
export function existingReports(root: string): string[] {
  return packageFolders(root)
    .map((folder) => join(folder, "api"))
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(".api.md"));
}

function packageFolders(root: string): string[] {
  const packages = join(root, "packages");
  return readdirSync(packages)
    .sort()
    .map((name) => join(packages, name))
    .filter((folder) => existsSync(join(folder, "package.json")));
}
