import { readdirSync, readFileSync } from "node:fs";
import { officialVectors } from "@fb/vectors";
import { Ajv, type ValidateFunction } from "ajv";

/** The public description of the Ethereum JSON-RPC methods and its examples. */
const folder = officialVectors("execution-apis");

export const hasOpenrpc = folder !== null;

interface MethodDescription {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly required?: boolean; readonly schema: object }[];
  readonly result: { readonly schema: object };
  readonly examples?: readonly { readonly params: readonly { readonly value: unknown }[] }[];
}

export interface Exchange {
  /** File and line. */
  readonly name: string;
  readonly request: { readonly method: string; readonly params?: readonly unknown[] };
  readonly answer: { readonly result?: unknown; readonly error?: { readonly code: number } };
}

/** Methods described there, with validators of their parameters and results. */
export function readOpenrpc() {
  const document = JSON.parse(readFileSync(`${folder}/openrpc.json`, "utf8")) as { methods: MethodDescription[] };
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(document, "openrpc");
  const validator = (schema: object): ValidateFunction => ajv.compile(absolute(schema) as object);
  return document.methods.map((method) => ({
    ...method,
    validParams: method.params.map(({ schema }) => validator(schema)),
    validResult: validator(method.result.schema),
  }));
}

/** References inside the document are made to name it, since schemas are compiled one by one. */
function absolute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(absolute);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === "$ref" && typeof one === "string" ? one.replace(/^#/, "openrpc#") : absolute(one),
    ]),
  );
}

/** Every recorded request with its answer, of these methods. */
export function readExchanges(methods: ReadonlySet<string>): Exchange[] {
  const exchanges: Exchange[] = [];
  for (const method of readdirSync(`${folder}/io`).filter((name) => methods.has(name))) {
    for (const file of readdirSync(`${folder}/io/${method}`)) {
      const lines = readFileSync(`${folder}/io/${method}/${file}`, "utf8").split("\n");
      for (const [i, line] of lines.entries()) {
        if (!line.startsWith(">> ")) continue;
        const answer = lines.slice(i).find((one) => one.startsWith("<< "))!;
        const name = `${method}/${file}:${i + 1}`;
        exchanges.push({ name, request: JSON.parse(line.slice(3)), answer: JSON.parse(answer.slice(3)) });
      }
    }
  }
  return exchanges;
}
