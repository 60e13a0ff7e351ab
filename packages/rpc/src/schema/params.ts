import { fromHex, type Hash } from "@fb/types";
import { RPC_CODES, RpcError } from "../errors.ts";

export const INVALID = Symbol("invalid");

/** One positional parameter: how it is called in messages, what it must look like, and how it is read. */
export interface Param<T> {
  readonly name: string;
  readonly expects: string;
  /** Value of an absent or null parameter; without it the parameter is required. */
  readonly fallback?: { readonly value: T };
  read(value: unknown): T | typeof INVALID;
}

export type ArgsOf<P extends readonly Param<unknown>[]> = {
  -readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never;
};

/** Reads all parameters or throws invalidParams naming the first wrong one and what it expects. */
export function readParams<P extends readonly Param<unknown>[]>(params: P, given: readonly unknown[]): ArgsOf<P> {
  if (given.length > params.length) {
    throw new RpcError(RPC_CODES.invalidParams, `too many parameters: ${given.length} given, at most ${params.length}`);
  }
  const values = params.map((param, i) => {
    const value = given[i];
    if (value === undefined || value === null) {
      if (param.fallback !== undefined) return param.fallback.value;
      throw invalid(param, i, "missing");
    }
    const read = param.read(value);
    if (read === INVALID) throw invalid(param, i, "invalid");
    return read;
  });
  return values as ArgsOf<P>;
}

function invalid(param: Param<unknown>, index: number, what: string): RpcError {
  return new RpcError(
    RPC_CODES.invalidParams,
    `${what} parameter ${index} (${param.name}): expected ${param.expects}`,
    {
      parameter: param.name,
      index,
      expected: param.expects,
    },
  );
}

export function optional<T>(param: Param<T>, value: T): Param<T> {
  return { ...param, fallback: { value } };
}

/** At most 256 bits, without leading zeros. */
export function readQuantity(value: unknown): bigint | typeof INVALID {
  return typeof value === "string" && /^0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/.test(value) ? BigInt(value) : INVALID;
}

export function readData(value: unknown): Uint8Array | typeof INVALID {
  if (typeof value !== "string" || !value.startsWith("0x")) return INVALID;
  return fromHex(value) ?? INVALID;
}

export function readFixed(value: unknown, length: number): Uint8Array | typeof INVALID {
  const bytes = readData(value);
  return bytes !== INVALID && bytes.length === length ? bytes : INVALID;
}

export function readSmall(value: unknown, max: number): number | typeof INVALID {
  const big = readQuantity(value);
  return big !== INVALID && big <= BigInt(max) ? Number(big) : INVALID;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function address(name: string): Param<Uint8Array> {
  return { name, expects: "an address: 0x and 40 hex digits", read: (value) => readFixed(value, 20) };
}

export function hash(name: string): Param<Hash> {
  return { name, expects: "a hash: 0x and 64 hex digits", read: (value) => readFixed(value, 32) };
}

export function bytes(name: string): Param<Uint8Array> {
  return { name, expects: "data: 0x and an even number of hex digits", read: readData };
}

export function flag(name: string): Param<boolean> {
  return { name, expects: "true or false", read: (value) => (typeof value === "boolean" ? value : INVALID) };
}

export function text(name: string, expects: string, test: (value: string) => boolean): Param<string> {
  return { name, expects, read: (value) => (typeof value === "string" && test(value) ? value : INVALID) };
}

/** A position in a block. */
export function index(name: string): Param<number> {
  return { name, expects: "an index as 0x quantity", read: (value) => readSmall(value, 0xffffffff) };
}

/** A storage slot: 32 bytes, or a quantity as some clients send it. */
export function readSlot(value: unknown): Hash | typeof INVALID {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{0,64}$/.test(value)) return INVALID;
  return fromHex(value.slice(2).padStart(64, "0")) ?? INVALID;
}

export function slot(name: string): Param<Hash> {
  return { name, expects: "a slot: 0x and up to 64 hex digits", read: readSlot };
}

export function readList<T>(
  value: unknown,
  max: number,
  read: (item: unknown) => T | typeof INVALID,
): T[] | typeof INVALID {
  if (!Array.isArray(value) || value.length > max) return INVALID;
  const items: T[] = [];
  for (const item of value) {
    const one = read(item);
    if (one === INVALID) return INVALID;
    items.push(one);
  }
  return items;
}
