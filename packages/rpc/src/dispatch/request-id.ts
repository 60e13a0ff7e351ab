import { isObject } from "../schema/params.ts";

/** A number as it was written, because a JavaScript number does not hold every one. */
class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const WRITTEN_ID = /"id"\s*:\s*(-?[0-9][0-9.eE+-]*)/g;

/** Parses a body, in which every `id` stays what was written. Throws as JSON.parse does. */
export function parseBody(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const inexact = (Array.isArray(value) ? value : [value]).filter(hasInexactId);
  if (inexact.length > 0) restoreIds(inexact, text);
  return value;
}

function hasInexactId(item: unknown): item is { id: unknown } {
  return isObject(item) && typeof item["id"] === "number" && !Number.isSafeInteger(item["id"]);
}

/**
 * Finds how ids were written by their value, those of one value in order. Text that only looks like an id can at worst
 * give a client another spelling of the number it sent. (A reviver would call back for every value of the body.)
 */
function restoreIds(items: readonly { id: unknown }[], text: string): void {
  const written = new Map<unknown, string[]>();
  for (const [, source] of text.matchAll(WRITTEN_ID)) {
    const value = Number(source);
    const same = written.get(value);
    if (same === undefined) written.set(value, [source!]);
    else same.push(source!);
  }
  for (const list of written.values()) list.reverse();
  for (const item of items) {
    const source = written.get(item.id)?.pop();
    if (source !== undefined) item.id = new ExactNumber(source);
  }
}

export function isId(id: unknown): boolean {
  if (id === undefined || id === null || typeof id === "string" || typeof id === "number") return true;
  return id instanceof ExactNumber;
}

/** The JSON of an id. */
export function idText(id: unknown): string {
  return id instanceof ExactNumber ? id.text : JSON.stringify(id ?? null);
}
