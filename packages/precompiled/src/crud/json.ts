import { TABLE_LIMITS } from "@fb/storage-amdb";

/** Members of an object: the fields of a row with its key. */
const MAX_MEMBERS = TABLE_LIMITS.maxValueFields + 1;
/** As long as an integer may be in a condition (storage-amdb SPEC 1.7). */
const INTEGER = /^-?(?:0|[1-9][0-9]{0,77})$/;
/** Half of a surrogate pair, which has no UTF-8. */
const HALF_PAIR = /\p{Surrogate}/u;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

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
    this.#skipBlanks();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  atEnd(): boolean {
    this.#skipBlanks();
    return this.#at === this.#text.length;
  }

  /** A string, or the text of an integer. */
  scalar(): string | null {
    this.#skipBlanks();
    if (this.#text.charCodeAt(this.#at) === QUOTE) return this.string();
    const start = this.#at;
    while (isOfNumbers(this.#text.charCodeAt(this.#at))) this.#at++;
    const text = this.#text.slice(start, this.#at);
    return INTEGER.test(text) ? text : null;
  }

  string(): string | null {
    if (!this.takes('"')) return null;
    const start = this.#at;
    let escapes = false;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at++);
      if (code === QUOTE) break;
      // Control characters, and the end of the text.
      if (!(code >= 0x20)) return null;
      if (code !== BACKSLASH) continue;
      escapes = true;
      this.#at++;
    }
    return escapes ? unescaped(this.#text.slice(start - 1, this.#at)) : this.#text.slice(start, this.#at - 1);
  }

  #skipBlanks(): void {
    while (isBlank(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Signs, digits, point and exponent: what a number of any JSON is made of, so that none is read in part. */
function isOfNumbers(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2b || code === 0x2e || (code | 0x20) === 0x65;
}

/** What a string of JSON, in its quotes, stands for; null when an escape is none, or leaves half of a surrogate pair. */
function unescaped(string: string): string | null {
  let text: string;
  try {
    // Of a string that ends where it should, JSON.parse takes exactly RFC 8259.
    text = JSON.parse(string);
  } catch {
    return null;
  }
  return HALF_PAIR.test(text) ? null : text;
}
