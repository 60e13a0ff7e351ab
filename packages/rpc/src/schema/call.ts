import type { CallRequest } from "@fb/api";
import { type AccessListItem, EMPTY, equalBytes } from "@fb/types";
import { Fields } from "./fields.ts";
import { INVALID, isObject, type Param, readData, readFixed, readList, readQuantity } from "./params.ts";

/** EIP-2681: a nonce that can still be raised. */
const MAX_NONCE = (1n << 64n) - 2n;
/** What no transaction here can carry (EIP-4844, EIP-7702): refused by name rather than left out of the answer. */
const UNSUPPORTED = ["authorizationList", "blobVersionedHashes", "blobs"];

/**
 * A call or a transaction to be, as Ethereum clients describe it. Fields without meaning for it are left alone: clients
 * add their own (`chain`, `hardfork`, ...).
 */
export const callRequest: Param<CallRequest> = {
  name: "call",
  expects:
    "an object with optional from, to, gas, gasPrice or maxFeePerGas and maxPriorityFeePerGas (not above it), value, data or input, accessList, nonce",
  read: readCall,
};

function readCall(value: unknown): CallRequest | typeof INVALID {
  const fields = Fields.some("call", value);
  if (fields === INVALID) return INVALID;
  requireSupported(fields);
  const data = fields.get("data", readData);
  const input = fields.get("input", readData);
  if (data !== null && input !== null && !equalBytes(data, input)) throw fields.invalid("input", "differs from data");
  return {
    from: fields.get("from", readAddress),
    to: fields.get("to", readAddress),
    gas: fields.get("gas", readQuantity),
    ...readFees(fields),
    value: fields.get("value", readQuantity) ?? 0n,
    data: input ?? data ?? EMPTY,
    accessList: fields.get("accessList", readAccessList) ?? [],
    nonce: fields.get("nonce", readNonce),
  };
}

/** The two prices of EIP-1559, or the one of the older types as both. */
function readFees(fields: Fields): Pick<CallRequest, "gasPrice" | "priorityFee"> {
  const price = fields.get("gasPrice", readQuantity);
  const most = fields.get("maxFeePerGas", readQuantity);
  const tip = fields.get("maxPriorityFeePerGas", readQuantity);
  if (price !== null) {
    if (most !== null || tip !== null)
      throw fields.invalid("gasPrice", "excludes maxFeePerGas and maxPriorityFeePerGas");
    return { gasPrice: price, priorityFee: price };
  }
  const fees = { gasPrice: most ?? tip ?? 0n, priorityFee: tip ?? 0n };
  if (fees.priorityFee > fees.gasPrice) throw fields.invalid("maxPriorityFeePerGas", "is above maxFeePerGas");
  return fees;
}

function readAddress(value: unknown) {
  return readFixed(value, 20);
}

function readNonce(value: unknown): bigint | typeof INVALID {
  const nonce = readQuantity(value);
  return nonce !== INVALID && nonce <= MAX_NONCE ? nonce : INVALID;
}

function requireSupported(fields: Fields): void {
  for (const field of UNSUPPORTED) {
    const given = fields.get<unknown>(field, (value) => value);
    if (given === null || (Array.isArray(given) && given.length === 0)) continue;
    throw fields.invalid(field, "is not supported: transactions here are of types 0, 1 and 2");
  }
}

function readAccessList(value: unknown): AccessListItem[] | typeof INVALID {
  return readList(value, 10_000, (item) => {
    if (!isObject(item)) return INVALID;
    const address = readFixed(item["address"], 20);
    const slots = readList(item["storageKeys"], 10_000, (key) => readFixed(key, 32));
    return address === INVALID || slots === INVALID ? INVALID : { address, slots };
  });
}
