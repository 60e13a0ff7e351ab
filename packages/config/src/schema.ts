import { type ErrorFields, FbError } from "@fb/types";
import type { ConfigErrorCode } from "./errors.ts";
import type { Field, ListField, PairField } from "./field.ts";
import { type IniSection, parseIni } from "./ini.ts";
import { shown } from "./shown.ts";

// biome-ignore lint/suspicious/noExplicitAny: a schema mixes fields of all types; Values<> gives each its own back.
type AnyField = Field<any> | ListField<any> | PairField<any>;
export type SectionSpec = Readonly<Record<string, AnyField>>;
/** Section name in the file to its fields. */
export type FileSpec = Readonly<Record<string, SectionSpec>>;

type ValueOf<F> =
  F extends ListField<infer T>
    ? readonly T[]
    : F extends PairField<infer T>
      ? readonly T[]
      : F extends Field<infer T>
        ? T
        : never;
export type Values<S extends FileSpec> = {
  readonly [Sec in keyof S]: { readonly [K in keyof S[Sec]]: ValueOf<S[Sec][K]> };
};

/** One thing wrong with a file: where, and how to correct it. */
interface ConfigIssue {
  readonly line: number;
  readonly message: string;
}

/** Reads a file's text by its schema. Throws one CONFIG_INVALID that lists every issue with file and line. */
export function readConfig<S extends FileSpec>(spec: S, file: string, content: string): Values<S> {
  const ini = parseIni(content);
  const issues: ConfigIssue[] = ini.errors.map((error) => ({
    line: error.line,
    message: `"${shown(error.text)}" is neither [section] nor key=value inside a section`,
  }));
  const found = new Map<string, IniSection>();
  for (const section of ini.sections) {
    if (!Object.hasOwn(spec, section.name)) {
      issues.push({
        line: section.line,
        message: `unknown section [${shown(section.name)}]; known: ${Object.keys(spec).join(", ")}`,
      });
    } else if (found.has(section.name)) {
      issues.push({ line: section.line, message: `section [${section.name}] appears twice` });
    } else found.set(section.name, section);
  }
  const values: Record<string, unknown> = {};
  for (const [name, fields] of Object.entries(spec)) values[name] = readSection(name, fields, found.get(name), issues);
  if (issues.length > 0) throw invalid(file, issues);
  return values as Values<S>;
}

/** A value that is good by itself, but not beside another one. */
export interface WrongValue {
  readonly section: string;
  /** For a list the part before the number. */
  readonly key: string;
  /** Which entry, when the key names several. */
  readonly value?: string;
  /** The allowed values in words. */
  readonly allowed: string;
}

/** CONFIG_INVALID for mistakes that no single key shows, in the words of {@link readConfig}. */
export function configError(file: string, content: string, wrong: readonly WrongValue[]): FbError<ConfigErrorCode> {
  const { sections } = parseIni(content);
  const issues = wrong.map(({ section: name, key, value, allowed }) => {
    const section = sections.find((candidate) => candidate.name === name);
    const entry = section?.entries.findLast((candidate) => {
      const isKey = candidate.key.toLowerCase() === key.toLowerCase() || candidate.key.startsWith(`${key}.`);
      return isKey && (value === undefined || candidate.value.toLowerCase() === value.toLowerCase());
    });
    const said = entry === undefined ? `${key} is missing` : `${entry.key}=${shown(entry.value)} is not allowed`;
    return { line: entry?.line ?? section?.line ?? 1, message: `[${name}] ${said}; allowed: ${allowed}` };
  });
  return invalid(file, issues);
}

function invalid(file: string, issues: readonly ConfigIssue[]): FbError<ConfigErrorCode> {
  const lines = [...issues].sort((a, b) => a.line - b.line).map((issue) => `${file}:${issue.line}: ${issue.message}`);
  const fields: ErrorFields = { file, line: issues[0]?.line ?? 0, issues: issues.length };
  return new FbError<ConfigErrorCode>("CONFIG_INVALID", lines.join("\n"), fields);
}

function readSection(name: string, fields: SectionSpec, section: IniSection | undefined, issues: ConfigIssue[]) {
  const values: Record<string, unknown> = {};
  const taken = new Set<string>();
  const entries = section?.entries ?? [];
  const seen = new Set<string>();
  for (const entry of entries) {
    if (seen.has(entry.key)) issues.push({ line: entry.line, message: `[${name}] ${shown(entry.key)} appears twice` });
    seen.add(entry.key);
  }
  const bad = (line: number, key: string, value: string, allowed: string) =>
    issues.push({ line, message: `[${name}] ${shown(key)}=${shown(value)} is not allowed; allowed: ${allowed}` });

  for (const [property, field] of Object.entries(fields)) {
    if (field.type === "pairs") {
      values[property] = entries.flatMap((entry) => {
        taken.add(entry.key);
        const value = field.parse(entry.key, entry.value);
        if (value === undefined) bad(entry.line, entry.key, entry.value, field.allowed);
        return value === undefined ? [] : [value];
      });
    } else if (field.type === "list") {
      values[property] = entries.flatMap((entry) => {
        if (!new RegExp(`^${field.key}\\.\\d+$`).test(entry.key)) return [];
        taken.add(entry.key);
        const value = field.parse(entry.value);
        if (value === undefined) bad(entry.line, entry.key, entry.value, field.allowed);
        return value === undefined ? [] : [value];
      });
    } else {
      const entry = entries.find((candidate) => candidate.key === field.key);
      taken.add(field.key);
      const value = entry === undefined ? field.fallback : field.parse(entry.value);
      if (value === undefined && entry !== undefined) bad(entry.line, entry.key, entry.value, field.allowed);
      if (value === undefined && entry === undefined) {
        issues.push({
          line: section?.line ?? 1,
          message: `[${name}] ${field.key} is missing; allowed: ${field.allowed}`,
        });
      }
      values[property] = value;
    }
  }
  for (const entry of entries) {
    if (taken.has(entry.key)) continue;
    const known = Object.values(fields).map((field) =>
      field.type === "pairs" ? field.allowed : field.type === "list" ? `${field.key}.N` : field.key,
    );
    issues.push({ line: entry.line, message: `[${name}] ${shown(entry.key)} is unknown; known: ${known.join(", ")}` });
  }
  return values;
}

/** Writes a file of this schema with a comment above every key. Keys equal to their default are written too. */
export function renderConfig<S extends FileSpec>(spec: S, values: Values<S>): string {
  const lines: string[] = [];
  for (const [name, fields] of Object.entries(spec)) {
    const body = values[name] as Record<string, unknown>;
    lines.push(`[${name}]`);
    for (const [property, field] of Object.entries(fields)) {
      lines.push(`; ${field.help} (${field.allowed})`);
      const value = body[property];
      if (field.type === "pairs") for (const item of value as unknown[]) lines.push(field.render(item).join("="));
      else if (field.type === "list") {
        for (const [i, item] of (value as unknown[]).entries()) lines.push(`${field.key}.${i}=${field.render(item)}`);
      } else lines.push(`${field.key}=${field.render(value)}`);
    }
    lines.push("");
  }
  return lines.join("\n");
}

/** The values of a schema when a file says nothing, with some of them set. Required keys must be among `set`. */
export function configValues<S extends FileSpec>(
  spec: S,
  set: { readonly [Sec in keyof S]?: Partial<Values<S>[Sec]> },
): Values<S> {
  const values: Record<string, Record<string, unknown>> = {};
  for (const [name, fields] of Object.entries(spec)) {
    const section: Record<string, unknown> = (values[name] = {});
    for (const [property, field] of Object.entries(fields))
      section[property] = field.type === "value" ? field.fallback : [];
    Object.assign(section, set[name]);
  }
  return values as Values<S>;
}
