/** One `key=value` of a file. `line` counts from 1. */
export interface IniEntry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

export interface IniSection {
  readonly name: string;
  readonly line: number;
  readonly entries: readonly IniEntry[];
}

export interface IniSyntaxError {
  readonly line: number;
  readonly text: string;
}

export interface IniFile {
  readonly sections: readonly IniSection[];
  readonly errors: readonly IniSyntaxError[];
}

/**
 * Reads the `[section]` / `key=value` form. A line that starts with `;` or `#` is a comment; there are no inline
 * comments, quotes or escapes, so that a value is exactly what stands there. Keeps line numbers, which the libraries for
 * this format drop and error messages need.
 */
export function parseIni(text: string): IniFile {
  const sections: { name: string; line: number; entries: IniEntry[] }[] = [];
  const errors: IniSyntaxError[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === "" || trimmed.startsWith(";") || trimmed.startsWith("#")) continue;
    const header = /^\[([^\]]+)\]$/.exec(trimmed);
    const equals = trimmed.indexOf("=");
    const section = sections.at(-1);
    if (header !== null) sections.push({ name: header[1]!.trim(), line, entries: [] });
    else if (equals > 0 && section !== undefined) {
      section.entries.push({ key: trimmed.slice(0, equals).trim(), value: trimmed.slice(equals + 1).trim(), line });
    } else errors.push({ line, text: trimmed });
  }
  return { sections, errors };
}
