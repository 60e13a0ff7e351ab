import type { Repository } from "./repository.ts";

/** A place that breaks a rule. */
export interface Finding {
  /** Of the file, relative to the root; `commit <hash>` for a commit. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly problem: string;
  /** What whoever reads this does about it. */
  readonly fix: string;
}

/** A rule, held against the whole repository. */
export interface Check {
  /** Kebab case; `tidy-ignore` names it. */
  readonly name: string;
  /** What is demanded, in one sentence. */
  readonly rule: string;
  find(repository: Repository): readonly Finding[];
}
