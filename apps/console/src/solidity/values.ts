import { Interface, type ParamType, Result } from "ethers";
import { consoleError } from "../errors.ts";
import { shown } from "../files.ts";

/** Reads one text per parameter: lists and tuples as JSON, everything else as it is. */
export function readValues(params: readonly ParamType[], texts: readonly string[], what: string): unknown[] {
  if (texts.length !== params.length) {
    const list = params.map((param) => param.format("full")).join(", ");
    throw consoleError("CONSOLE_USAGE", `${what} takes ${params.length} arguments (${list}), ${texts.length} given`);
  }
  return params.map((param, i) => {
    try {
      const value = readValue(param, texts[i]!);
      // Encoding finds out of range numbers and malformed addresses before anything is sent.
      Interface.from([]).getAbiCoder().encode([param], [value]);
      return value;
    } catch (error) {
      const text = texts[i]!;
      const reason = (error as { shortMessage?: string }).shortMessage ?? (error as Error).message;
      const name = param.name === "" ? `argument ${i + 1}` : param.name;
      throw consoleError(
        "CONSOLE_USAGE",
        `${name}: expected ${param.format("full")}, got ${shown(text)} (${reason.replaceAll(text, "it")})`,
      );
    }
  });
}

function readValue(param: ParamType, text: string): unknown {
  if (param.baseType === "array" || param.baseType === "tuple") return JSON.parse(text);
  if (param.type === "bool") {
    if (text !== "true" && text !== "false") throw consoleError("CONSOLE_USAGE", "expected true or false");
    return text === "true";
  }
  return text;
}

/** Decoded values as plain data: tuples become objects when their fields have names. */
export function plainValues(value: unknown): unknown {
  if (value instanceof Result) {
    const items = value.toArray().map(plainValues);
    try {
      const named = Object.entries(value.toObject());
      const complete = named.length === items.length && named.every(([name]) => !name.startsWith("_"));
      if (complete) return Object.fromEntries(named.map(([name, item]) => [name, plainValues(item)]));
    } catch {
      // Not every field has a name of its own.
    }
    return items;
  }
  return value;
}
