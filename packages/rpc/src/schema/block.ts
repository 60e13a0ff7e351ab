import type { BlockRef } from "@fb/api";
import { Fields } from "./fields.ts";
import { INVALID, isObject, type Param, readFixed, readSmall } from "./params.ts";

const BLOCK_EXPECTS =
  'a block: 0x quantity, 0x and 64 hex digits of its hash, "latest", "earliest", "pending", "safe", "finalized", {"blockHash"} or {"blockNumber"}';
const BLOCK_FIELDS = ["blockHash", "blockNumber", "requireCanonical"];

/** Blocks are final when committed, so every tag but earliest and pending means the head, and every block is canonical. */
function readBlock(value: unknown, parameter: string): BlockRef | "pending" | typeof INVALID {
  if (value === "latest" || value === "safe" || value === "finalized") return "latest";
  if (value === "pending") return "pending";
  if (value === "earliest") return 0;
  if (isObject(value)) return readBlockObject(value, parameter);
  const hash = readFixed(value, 32);
  return hash === INVALID ? readSmall(value, Number.MAX_SAFE_INTEGER) : hash;
}

/** EIP-1898. */
function readBlockObject(value: Record<string, unknown>, parameter: string): BlockRef | typeof INVALID {
  const fields = Fields.only(BLOCK_FIELDS, parameter, value);
  if (fields === INVALID) return INVALID;
  fields.get("requireCanonical", (flag) => (typeof flag === "boolean" ? flag : INVALID));
  const hash = fields.get("blockHash", (bytes) => readFixed(bytes, 32));
  const number = fields.get("blockNumber", (height) => readSmall(height, Number.MAX_SAFE_INTEGER));
  if (hash !== null && number !== null) throw fields.invalid("blockNumber", "excludes blockHash");
  return hash ?? number ?? INVALID;
}

/** A block whose `pending` is the head: there is no pending block or state. */
export function readCommitted(value: unknown, parameter: string): BlockRef | typeof INVALID {
  const ref = readBlock(value, parameter);
  return ref === "pending" ? "latest" : ref;
}

export function block(name: string): Param<BlockRef> {
  return { name, expects: BLOCK_EXPECTS, read: (value) => readCommitted(value, name) };
}

/** A block where `pending` keeps its meaning. */
export function blockOrPending(name: string): Param<BlockRef | "pending"> {
  return { name, expects: BLOCK_EXPECTS, read: (value) => readBlock(value, name) };
}
