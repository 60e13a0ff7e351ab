import { join } from "node:path/posix";
import ts from "typescript";
import type { Check, Finding } from "../check.ts";
import { isCode, isShipped, packageOf } from "../files.ts";
import { entrySources, type Manifest, type Package, packages } from "../manifest.ts";
import type { Repository } from "../repository.ts";

export const manifests: Check = {
  name: "manifests",
  rule: "A package.json names files, entries and a folder that exist, and every package that is imported.",
  find(repository) {
    const tools = new Set(Object.keys(rootManifest(repository).devDependencies ?? {}));
    return packages(repository).flatMap((one) => [...missing(one, repository), ...undeclared(one, tools, repository)]);
  },
};

function rootManifest({ has, read }: Repository): Partial<Manifest> {
  return has("package.json") ? (JSON.parse(read("package.json")) as Manifest) : {};
}

/** A finding at the line of package.json that says `text`. */
function at({ folder }: Package, { read }: Repository, text: string, problem: string, fix: string): Finding {
  const path = `${folder}/package.json`;
  const line = read(path)
    .split("\n")
    .findIndex((content) => content.includes(`"${text}"`));
  return { path, line: Math.max(line, 0) + 1, problem, fix };
}

function missing(one: Package, repository: Repository): Finding[] {
  const { folder, manifest } = one;
  const findings: Finding[] = [];
  const tell = (text: string, problem: string, fix: string) => findings.push(at(one, repository, text, problem, fix));
  for (const file of manifest.files ?? [])
    if (file !== "dist" && !repository.has(join(folder, file)))
      tell(file, `there is no ${file}`, "take it out of files");
  for (const [entry, source] of entrySources(manifest))
    if (!repository.has(join(folder, source))) tell(entry, `there is no ${source}`, "name the source of the entry");
  for (const entry of Object.keys(manifest.publishConfig?.exports ?? {}))
    if (manifest.exports?.[entry] === undefined)
      tell(entry, `only a published package has ${entry}`, "add it to exports");
  if (manifest.private !== true && manifest.repository?.directory !== folder)
    tell("directory", `repository.directory is not ${folder}`, "name the package's own folder");
  return findings;
}

/** Imports that package.json does not declare where their users get it. */
function undeclared({ folder, manifest }: Package, tools: ReadonlySet<string>, repository: Repository): Finding[] {
  const own = { [manifest.name]: "", ...manifest.dependencies };
  const shipped = new Set(Object.keys(own));
  const all = new Set([...Object.keys({ ...own, ...manifest.devDependencies }), ...tools]);
  return repository.paths
    .filter((path) => packageOf(path) === folder && isCode(path))
    .flatMap((path) => {
      const isPublished = isShipped(path) && manifest.private !== true;
      const declared = isPublished ? shipped : all;
      return imports(repository.read(path))
        .filter(({ name }) => !declared.has(name))
        .map(({ name, line }) => ({
          path,
          line,
          problem: `${name} is not declared`,
          fix: `add it to the ${isPublished ? "dependencies" : "devDependencies"} of ${folder}/package.json`,
        }));
    });
}

/** Packages that a file imports. */
function imports(text: string): { readonly name: string; readonly line: number }[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles
    .filter(({ fileName }) => /^(@[\w-]+\/)?[a-z]/.test(fileName) && !/^(node|data):/.test(fileName))
    .map(({ fileName, pos }) => ({
      name: fileName.split("/", fileName.startsWith("@") ? 2 : 1).join("/"),
      line: text.slice(0, pos).split("\n").length,
    }));
}
