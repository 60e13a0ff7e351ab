import type { Repository } from "./repository.ts";

type Exports = Readonly<Record<string, Readonly<Record<string, string>> | string>>;

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly exports?: Exports;
  readonly bin?: Readonly<Record<string, string>>;
  readonly repository?: { readonly directory?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: Exports };
}

export interface Package {
  /** `packages/txpool`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

export function packages({ paths, read }: Repository): Package[] {
  return paths
    .filter((path) => /^(packages|apps|tools)\/[^/]+\/package\.json$/.test(path))
    .map((path) => ({ folder: path.slice(0, -"/package.json".length), manifest: JSON.parse(read(path)) as Manifest }));
}

/** The source of each entry, from the folder of the package, by its name in the exports map. */
export function entrySources({ exports = {} }: Manifest): Map<string, string> {
  return new Map(
    Object.entries(exports).flatMap(([entry, target]) => {
      const source = typeof target === "string" ? target : target["fb-source"];
      return source === undefined ? [] : [[entry, source]];
    }),
  );
}
