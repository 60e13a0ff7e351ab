import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

export type ImportAnswer = { readonly contents: string } | { readonly error: string };

/**
 * Answers the compiler's imports: local files by their absolute path (the compiler resolves `./x.sol` against the
 * importing file's name), everything else from `node_modules` of the contract's folder, its parents, and the current
 * folder and its parents. Only .sol files are read.
 */
export function createImportResolver(entryFolder: string, currentFolder: string): (path: string) => ImportAnswer {
  const roots = [...parents(entryFolder), ...parents(currentFolder)];
  return (path) => {
    if (!path.endsWith(".sol")) return { error: `only .sol files can be imported, not ${path}` };
    const candidates = isAbsolute(path) ? [path] : roots.map((root) => join(root, "node_modules", path));
    const found = candidates.find((candidate) => existsSync(candidate));
    if (found !== undefined) return { contents: readFileSync(found, "utf8") };
    return {
      error: isAbsolute(path)
        ? `there is no file ${path}`
        : `${path} is in no node_modules folder above ${entryFolder}: is the package installed?`,
    };
  };
}

function parents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...parents(parent)];
}
