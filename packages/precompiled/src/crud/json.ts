import { TABLE_LIMITS } from "@fb/storage-amdb";

/** Members of an object: the fields of a row with its key. */
const MAX_MEMBERS = TABLE_LIMITS.maxValueFields + 1;
const BLANKS = /[ \t\n\r]*/y;
/** All but quotes, backslashes and control characters (RFC 8259, 7). */
const PLAIN = /[ !#-[\]-\uffff]*/y;
/** Half of a surrogate pair, which has no UTF-8. */
const HALF_PAIR = /\p{Surrogate}/u;
const HEX4 = /[0-9a-fA-F]{4}/y;
/** As long as an integer may be in a condition (storage-amdb SPEC 1.7). */
const INTEGER = /-?(?:0|[1-9][0-9]{0,77})(?![0-9.eE])/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/**
 * `{"field":"value"}` (SPEC 11.2); null for anything else. Values are strings, or integers taken as they are written.
 * Never throws, reads each character once.
 */
export function readEntry(text: string): ReadonlyMap<string, string> | null {
  const json = new JsonText(text);
  const entry = readObject(json, () => json.scalar());
  return json.atEnd() ? entry : null;
}

/** `{"field":{"operator":"value"}}`, the same way. */
export function readConditions(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> | null {
  const json = new JsonText(text);
  const conditions = readObject(json, () => readObject(json, () => json.scalar()));
  return json.atEnd() ? conditions : null;
}

/** Null for a name that is there twice, too: readers of JSON differ in which one counts. */
function readObject<T>(json: JsonText, value: () => T | null): Map<string, T> | null {
  const members = new Map<string, T>();
  if (!json.takes("{")) return null;
  if (json.takes("}")) return members;
  do {
    const name = json.string();
    if (name === null || members.has(name) || members.size === MAX_MEMBERS || !json.takes(":")) return null;
    const read = value();
    if (read === null) return null;
    members.set(name, read);
  } while (json.takes(","));
  return json.takes("}") ? members : null;
}

/** A place in a text of JSON, which moves on over what is taken. */
class JsonText {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether this character is next, after blanks. */
  takes(char: string): boolean {
    this.#match(BLANKS);
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  atEnd(): boolean {
    this.#match(BLANKS);
    return this.#at === this.#text.length;
  }

  /** A string, or the text of an integer. */
  scalar(): string | null {
    this.#match(BLANKS);
    return this.#text[this.#at] === '"' ? this.string() : this.#match(INTEGER);
  }

  string(): string | null {
    if (!this.takes('"')) return null;
    const parts: string[] = [];
    for (;;) {
      parts.push(this.#match(PLAIN)!);
      const char = this.#text[this.#at++];
      if (char === '"') break;
      const escaped = char === "\\" ? this.#escaped() : null;
      if (escaped === null) return null;
      parts.push(escaped);
    }
    const string = parts.join("");
    return HALF_PAIR.test(string) ? null : string;
  }

  #escaped(): string | null {
    const char = this.#text[this.#at++] ?? "";
    if (char !== "u") return ESCAPES.get(char) ?? null;
    const digits = this.#match(HEX4);
    return digits === null ? null : String.fromCharCode(Number.parseInt(digits, 16));
  }

  /** What a sticky pattern finds here. */
  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }
}
