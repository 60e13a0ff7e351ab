import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { openRepository, type Repository } from "../repository.ts";

/** Names of files and what is in them. */
export type Files = Readonly<Record<string, string>>;

/** A git repository in a folder of its own, gone after the test. */
export interface Scratch {
  readonly root: string;
  write(files: Files): void;
  /** Commits everything on a branch; `main` is the first one. */
  commit(message: string, branch?: string): void;
  open(): Repository;
}

export function createScratch(files: Files): Scratch {
  const root = mkdtempSync(join(tmpdir(), "fb-tidy-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", ...args], { cwd: root });
  const scratch: Scratch = {
    root,
    write(more) {
      for (const [path, text] of Object.entries(more)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
    },
    commit(message, branch = "main") {
      git("checkout", "-q", "-B", branch);
      git("add", "--all");
      git("commit", "-q", "-m", message);
    },
    open: () => openRepository(root),
  };
  git("init", "-q", "-b", "main");
  scratch.write(files);
  return scratch;
}

/** A repository of these files. */
export function repositoryOf(files: Files): Repository {
  return createScratch(files).open();
}
