import { dirname, join } from "node:path/posix";
import type { Check, Finding } from "../check.ts";
import { isCode, isMarkdown, packageOf } from "../files.ts";
import { prose } from "../prose.ts";
import type { Repository } from "../repository.ts";

/** Folders with which a path in backticks begins. Others are somebody else's: a user's chain, a dependency. */
const FOLDERS =
  /^(packages|apps|tools|src|test|testdata|assembly|scripts|bench|contracts|examples|api|\.github|\.changeset)\//;
const BACKTICKED = /`([\w@.*-]+(?:\/[\w@.*-]+)+\/?)`/g;
/** Sources and pages, also by their name alone. */
const FILE = /(?<![\w/.:@<>*-])((?:[\w.*-]+\/)*[\w*-][\w.*-]*\.(?:ts|mjs|cjs|md))(?![\w/(.]*\w)/g;
const PACKAGE = /@fb\/[a-z0-9-]+(?:\/(?:[A-Za-z0-9-]+\.[a-z]+|[a-z0-9-]+))*/g;
const LINK = /\]\(([^()\s]+)\)/g;
const DECISION = /\bADR (\d{1,4})\b/g;

export const deadReferences: Check = {
  name: "dead-references",
  rule: "Comments and pages name only files, packages, headings and decisions that are in the repository.",
  find(repository) {
    const findings: Finding[] = [];
    const entries = packageEntries(repository);
    for (const path of repository.paths) {
      if (path.startsWith(".changeset/") || !(isCode(path) || isMarkdown(path))) continue;
      for (const { line, text: words } of prose(path, repository.read)) {
        const dead = (what: string, fix: string) => findings.push({ path, line, problem: `there is no ${what}`, fix });
        const names = new Set<string>();
        for (const [, name] of words.matchAll(BACKTICKED)) if (isOurs(name!, repository)) names.add(name!);
        for (const [, name] of words.replace(LINK, "]").matchAll(FILE)) names.add(name!);
        for (const name of names)
          if (!resolves(name, path, repository))
            dead(name, "name a file by its path from here, its package or the root");
        for (const [name] of words.matchAll(PACKAGE))
          if (!entries.has(name)) dead(name, "name a package and an entry of its exports map");
        for (const [, number] of words.matchAll(DECISION))
          if (!hasDecision(number!, repository)) dead(`ADR ${number}`, "see tools/docs/adr/README.md");
        if (!isMarkdown(path)) continue;
        for (const [, target] of words.matchAll(LINK))
          if (!linkResolves(target!, path, repository)) dead(target!, "link a file, a folder or a heading from here");
      }
    }
    return findings;
  },
};

function isOurs(name: string, { has }: Repository): boolean {
  return FOLDERS.test(name) || (/\/(src|test|SPEC\.md|README\.md)/.test(name) && has(`packages/${name.split("/")[0]}`));
}

/** From the file, its package, the root or the folder of packages; the end of a path also from any place in the package. */
function resolves(name: string, from: string, repository: Repository): boolean {
  const home = packageOf(from);
  const wanted = name.replace(/^\.\//, "").replace(/\/$/, "");
  const places = [dirname(from), ...(home === null ? [] : [home, `${home}/src`]), "", "packages"];
  if (/^dist\/|\/dist\//.test(wanted)) return true;
  if (!wanted.includes("*")) {
    if (places.some((place) => repository.has(join(place, wanted)))) return true;
    // Pages about the whole repository, and its tools, may mean any package.
    const inside = home === null || home.startsWith("tools/") ? "" : `${home}/`;
    return (
      isCodeOrPage(wanted) && repository.paths.some((path) => path.startsWith(inside) && path.endsWith(`/${wanted}`))
    );
  }
  const pattern = wanted.split("*").map(escaped).join("[^/]*");
  return places.some((place) => {
    const whole = new RegExp(`^${place === "" || place === "." ? "" : `${escaped(place)}/`}${pattern}(/|$)`);
    return repository.paths.some((path) => whole.test(path));
  });
}

function isCodeOrPage(path: string): boolean {
  return isCode(path) || isMarkdown(path);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function hasDecision(number: string, { paths }: Repository): boolean {
  return paths.some((path) => path.startsWith(`tools/docs/adr/${number.padStart(4, "0")}-`));
}

/** Packages and their entries, as an import names them. */
function packageEntries({ paths, read }: Repository): ReadonlySet<string> {
  const entries = new Set<string>();
  for (const path of paths) {
    if (!/^(packages|apps|tools)\/[^/]+\/package\.json$/.test(path)) continue;
    const { name, exports = {} } = JSON.parse(read(path)) as { name: string; exports?: object };
    entries.add(name);
    for (const entry of Object.keys(exports)) entries.add(join(name, entry));
  }
  return entries;
}

function linkResolves(target: string, from: string, repository: Repository): boolean {
  if (/^[a-z]+:/.test(target)) return true;
  const [file, anchor] = target.split("#") as [string, string?];
  const path = file === "" ? from : join(dirname(from), file).replace(/\/$/, "");
  if (!repository.has(path)) return false;
  return anchor === undefined || !isMarkdown(path) || headings(repository.read(path)).has(anchor);
}

/** Anchors of a page, as GitHub makes them. */
function headings(page: string): ReadonlySet<string> {
  const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
  return new Set(anchors);
}
