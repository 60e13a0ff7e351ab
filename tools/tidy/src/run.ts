import type { Check, Finding } from "./check.ts";
import { prose } from "./prose.ts";
import type { Repository } from "./repository.ts";

/** A finding and the check that made it. */
export interface Named extends Finding {
  readonly check: string;
}

/** A place that is allowed to break a rule. */
interface Exception {
  readonly path: string;
  readonly line: number;
  readonly check: string;
  readonly reason: string;
}

const IGNORE = /(?:\/\/|<!--) tidy-ignore ([a-z-]+)(?:: *(\S.*?))?(?: (?:\*\/|-->))?\s*$/;

/** All findings but those that a comment on their line, or on the one before, allows with a reason. */
export function runChecks(repository: Repository, checks: readonly Check[]): Named[] {
  const exceptions = exceptionsOf(repository);
  const used = new Set<Exception>();
  const findings = checks.flatMap(({ name, find }) =>
    find(repository)
      .map((finding) => ({ ...finding, check: name }))
      .filter(({ path, line, check }) => {
        const allowed = exceptions.filter(
          (one) => one.path === path && one.check === check && (one.line === line || one.line === line - 1),
        );
        for (const one of allowed) used.add(one);
        return allowed.length === 0;
      }),
  );
  return [...findings, ...exceptions.flatMap((one) => faultOf(one, used.has(one)))];
}

function exceptionsOf({ paths, read }: Repository): Exception[] {
  return paths.flatMap((path) =>
    prose(path, read).flatMap(({ line, text }): Exception[] => {
      const [, check, reason] = IGNORE.exec(text) ?? [];
      return check === undefined ? [] : [{ path, line, check, reason: reason ?? "" }];
    }),
  );
}

function faultOf({ path, line, check, reason }: Exception, isUsed: boolean): Named[] {
  const at = { check: "tidy-ignore", path, line };
  if (!isUsed) return [{ ...at, problem: `${check} finds nothing here`, fix: "take the comment out" }];
  return reason === "" ? [{ ...at, problem: "an exception without a reason", fix: `say why: "${check}: <why>"` }] : [];
}
