import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Tests of the checks plant what these look for. */
const PLANTED = /^tools\/tidy\/.*\.test\.ts$/;
const MAX_GIT_OUTPUT_BYTES = 1 << 28;

/** A git checkout as the checks see it. Paths are relative to its root and have slashes. */
export interface Repository {
  readonly root: string;
  /** Tracked files, and new ones that are not ignored. */
  readonly paths: readonly string[];
  /** Whether there is such a file, or a folder with one. */
  has(path: string): boolean;
  read(path: string): string;
  /** What git prints. Throws when it fails. */
  git(args: readonly string[], input?: string): string;
}

export function openRepository(root: string): Repository {
  const git = (args: readonly string[], input = "") =>
    execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      input,
      maxBuffer: MAX_GIT_OUTPUT_BYTES,
      stdio: ["pipe", "pipe", "pipe"],
    });
  const listed = git(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).split("\0");
  // A file that was deleted is tracked until the deletion is.
  const paths = [...new Set(listed)]
    .filter((path) => path !== "" && existsSync(join(root, path)) && !PLANTED.test(path))
    .sort();
  const known = new Set(paths);
  for (const path of paths)
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) known.add(path.slice(0, at));
  const texts = new Map<string, string>();
  return {
    root,
    paths,
    has: (path) => known.has(path),
    read(path) {
      const text = texts.get(path) ?? readFileSync(join(root, path), "utf8");
      texts.set(path, text);
      return text;
    },
    git,
  };
}

/** The commit at which HEAD left main; null when there is no main beside it. */
export function mergeBase({ git }: Repository): string | null {
  for (const main of ["origin/main", "main"]) {
    try {
      return git(["merge-base", "HEAD", main]).trim();
    } catch {
      // There is no branch of this name here.
    }
  }
  return null;
}
