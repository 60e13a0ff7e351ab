import type { AccessListItem, Address, Hash } from "@fb/types";
import { RPC_CODES, RpcError } from "./errors.ts";
import type { BlockRef, CallRequest, LogFilter } from "./ports.ts";
import { INVALID, isObject, type Param, readBlock, readData, readFixed, readQuantity } from "./schema.ts";

const MAX_FILTER_ADDRESSES = 1000;
const MAX_TOPIC_ALTERNATIVES = 1000;

/** EIP-2681: a nonce that can still be raised. */
const MAX_NONCE = (1n << 64n) - 2n;
/** What no transaction here can carry (EIP-4844, EIP-7702): refused by name rather than left out of the answer. */
const UNSUPPORTED = ["authorizationList", "blobVersionedHashes", "blobs"] as const;

/** A call or a transaction to be, as Ethereum clients describe it. */
export const callRequest: Param<CallRequest> = {
  name: "call",
  expects:
    "an object with optional from, to, gas, gasPrice or maxFeePerGas and maxPriorityFeePerGas (not above it), value, data or input, accessList, nonce",
  read: readCall,
};

function readCall(value: unknown): CallRequest | typeof INVALID {
  if (!isObject(value)) return INVALID;
  const from = orNull(value["from"], (v) => readFixed(v, 20));
  const to = orNull(value["to"], (v) => readFixed(v, 20));
  const gas = orNull(value["gas"], readQuantity);
  const fees = readFees(value);
  const amount = orNull(value["value"], readQuantity);
  const data = orNull(value["data"], readData);
  const input = orNull(value["input"], readData);
  const accessList = orNull(value["accessList"], readAccessList);
  const nonce = orNull(value["nonce"], readNonce);
  if (from === INVALID || to === INVALID || gas === INVALID || fees === INVALID || nonce === INVALID) return INVALID;
  if (amount === INVALID || data === INVALID || input === INVALID || accessList === INVALID) return INVALID;
  if (data !== null && input !== null && value["data"] !== value["input"]) return INVALID;
  requireSupported(value);
  return {
    from,
    to,
    gas,
    ...fees,
    value: amount ?? 0n,
    data: input ?? data ?? new Uint8Array(0),
    accessList: accessList ?? [],
    nonce,
  };
}

/** The two prices of EIP-1559, or the one of the older types as both. */
function readFees(value: Record<string, unknown>): Pick<CallRequest, "gasPrice" | "priorityFee"> | typeof INVALID {
  const price = orNull(value["gasPrice"], readQuantity);
  const most = orNull(value["maxFeePerGas"], readQuantity);
  const tip = orNull(value["maxPriorityFeePerGas"], readQuantity);
  if (price === INVALID || most === INVALID || tip === INVALID) return INVALID;
  if (price !== null) return most === null && tip === null ? { gasPrice: price, priorityFee: price } : INVALID;
  const fees = { gasPrice: most ?? tip ?? 0n, priorityFee: tip ?? 0n };
  return fees.priorityFee > fees.gasPrice ? INVALID : fees;
}

function readNonce(value: unknown): bigint | typeof INVALID {
  const nonce = readQuantity(value);
  return nonce !== INVALID && nonce <= MAX_NONCE ? nonce : INVALID;
}

function requireSupported(value: Record<string, unknown>): void {
  for (const field of UNSUPPORTED) {
    const given = value[field];
    if (given === undefined || given === null || (Array.isArray(given) && given.length === 0)) continue;
    const message = `${field} is not supported: transactions here are of types 0, 1 and 2`;
    throw new RpcError(RPC_CODES.invalidParams, message, { parameter: "call", field });
  }
}

function orNull<T>(value: unknown, read: (value: unknown) => T | typeof INVALID): T | null | typeof INVALID {
  return value === undefined || value === null ? null : read(value);
}

function readAccessList(value: unknown): AccessListItem[] | typeof INVALID {
  return readList(value, 10_000, (item) => {
    if (!isObject(item)) return INVALID;
    const address = readFixed(item["address"], 20);
    const slots = readList(item["storageKeys"], 10_000, (key) => readFixed(key, 32));
    return address === INVALID || slots === INVALID ? INVALID : { address, slots };
  });
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

/** Which logs; the range defaults to the head alone. */
export const logFilter: Param<LogFilter> = {
  name: "filter",
  expects:
    "an object with optional fromBlock, toBlock or blockHash, address (one or a list), topics (at most 4, each null, a hash or a list of hashes)",
  read: readLogFilter,
};

/** The part of a filter that a subscription to new logs uses. */
export const logSelection: Param<LogFilter> = {
  ...logFilter,
  expects: "an object with optional address (one or a list) and topics (at most 4, each null, a hash or a list)",
  fallback: { value: { from: "latest", to: "latest", addresses: [], topics: [] } },
};

function readLogFilter(value: unknown): LogFilter | typeof INVALID {
  if (!isObject(value)) return INVALID;
  const addresses = readAddresses(value["address"]);
  const topics = readTopics(value["topics"]);
  if (addresses === INVALID || topics === INVALID) return INVALID;
  if (value["blockHash"] !== undefined && value["blockHash"] !== null) {
    const hash = readFixed(value["blockHash"], 32);
    const ranged = value["fromBlock"] !== undefined || value["toBlock"] !== undefined;
    return hash === INVALID || ranged ? INVALID : { from: hash, to: hash, addresses, topics };
  }
  const from = readEnd(value["fromBlock"]);
  const to = readEnd(value["toBlock"]);
  return from === INVALID || to === INVALID ? INVALID : { from, to, addresses, topics };
}

function readEnd(value: unknown): BlockRef | typeof INVALID {
  if (value === undefined || value === null) return "latest";
  const ref = readBlock(value);
  return ref === "pending" ? "latest" : ref;
}

function readAddresses(value: unknown): Address[] | typeof INVALID {
  if (value === undefined || value === null) return [];
  return readList(Array.isArray(value) ? value : [value], MAX_FILTER_ADDRESSES, (item) => readFixed(item, 20));
}

function readTopics(value: unknown): (Hash[] | null)[] | typeof INVALID {
  if (value === undefined || value === null) return [];
  return readList<Hash[] | null>(value, 4, (item) => {
    if (item === null) return null;
    const alternatives = readList(Array.isArray(item) ? item : [item], MAX_TOPIC_ALTERNATIVES, readTopic);
    // A null among alternatives, or no alternative at all, means any.
    if (alternatives === INVALID) return INVALID;
    return alternatives.length === 0 || alternatives.includes(null) ? null : (alternatives as Hash[]);
  });
}

function readTopic(value: unknown): Hash | null | typeof INVALID {
  return value === null ? null : readFixed(value, 32);
}
