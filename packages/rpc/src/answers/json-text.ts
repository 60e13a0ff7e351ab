import type { Client } from "../admission/client.ts";
import type { ThreadTurns } from "../admission/thread-turns.ts";
import { gone, TooLarge } from "../errors.ts";

/** Characters of one piece of text; also what is written to a socket at once. */
const PIECE_CHARS = 64 * 1024;
/** Characters made in one turn: about 1 ms for the transactions of a block. */
const TURN_CHARS = 32 * 1024;

/** JSON in pieces, so that a long answer is neither copied nor kept twice. */
export interface JsonText {
  readonly parts: readonly string[];
  /** Characters of all parts. */
  readonly length: number;
}

/** A list of an answer that may be long: its items are formatted one by one, when they are written. */
export class JsonList<Item> {
  readonly length: number;
  readonly at: (index: number) => Item;

  private constructor(length: number, at: (index: number) => Item) {
    this.length = length;
    this.at = at;
  }

  static of<T, Item>(items: readonly T[], format: (item: T) => Item): JsonList<Item> {
    return new JsonList(items.length, (index) => format(items[index]!));
  }
}

/**
 * What is written as a `T`: where `T` is a list, or has one as a member, there may be a {@link JsonList}. Deeper inside
 * nothing is searched for them, except in the items of a JsonList.
 */
export type Json<T> = T extends string | number | boolean | null
  ? T
  : T extends readonly unknown[]
    ? Listed<T>
    : { readonly [Name in keyof T]: Listed<T[Name]> };

type Listed<T> = T extends readonly (infer Item)[] ? T | JsonList<Json<Item>> : T;

/** Gathers text into pieces. */
export class TextBuilder implements JsonText {
  readonly #parts: string[] = [];
  #last = "";
  #length = 0;

  append(text: string): void {
    this.#last += text;
    this.#length += text.length;
    if (this.#last.length < PIECE_CHARS) return;
    this.#parts.push(this.#last);
    this.#last = "";
  }

  get length(): number {
    return this.#length;
  }

  get parts(): readonly string[] {
    return this.#last === "" ? this.#parts : [...this.#parts, this.#last];
  }
}

export interface WriteOptions {
  readonly client: Client;
  readonly turns: ThreadTurns;
  /** Characters the text may have; more rejects with {@link TooLarge}. */
  readonly maxLength: number;
}

/** The JSON of plain data, at once; or, when lists are in it, in pieces and turn by turn. */
export function jsonText(value: unknown, options: WriteOptions): string | Promise<JsonText> {
  return hasLists(value) ? writeInTurns(value, options) : JSON.stringify(value ?? null);
}

/** As {@link Json} allows them. */
function hasLists(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (value instanceof JsonList) return true;
  for (const key in value) if ((value as Record<string, unknown>)[key] instanceof JsonList) return true;
  return false;
}

async function writeInTurns(value: object, { client, turns, maxLength }: WriteOptions): Promise<JsonText> {
  const out = new TextBuilder();
  let turnEnd = TURN_CHARS;
  const write = async (part: unknown): Promise<void> => {
    if (!hasLists(part)) return out.append(JSON.stringify(part ?? null));
    const isList = part instanceof JsonList;
    out.append(isList ? "[" : "{");
    let separator = "";
    for (const [name, given] of isList ? listEntries(part) : Object.entries(part)) {
      if (given === undefined) continue;
      out.append(name === null ? separator : `${separator}${JSON.stringify(name)}:`);
      separator = ",";
      if (hasLists(given)) await write(given);
      else out.append(JSON.stringify(given));
      if (out.length > maxLength) throw new TooLarge();
      if (out.length < turnEnd) continue;
      await turns.forText(client.party, TURN_CHARS);
      if (client.hasLeft) throw gone();
      turnEnd = out.length + TURN_CHARS;
    }
    out.append(isList ? "]" : "}");
  };
  await write(value);
  return out;
}

function* listEntries(list: JsonList<unknown>): Iterable<[null, unknown]> {
  for (let i = 0; i < list.length; i++) yield [null, list.at(i)];
}
