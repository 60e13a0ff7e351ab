import { concatBytes, EMPTY } from "./bytes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import type { Hash } from "./ids.ts";
import { rlpEncode, rlpUint } from "./rlp.ts";
import { RlpReader } from "./rlp-reader.ts";
import { type AccessListItem, GROUP_TX_TYPE, MAX_TRANSACTION_BYTES, type Transaction } from "./tx.ts";
import type { TxDecodeCode } from "./tx-code.ts";
import { TxFields } from "./tx-fields.ts";

interface TxRefused {
  readonly ok: false;
  readonly code: TxDecodeCode;
  readonly message: string;
}

export type TxDecodeResult = { readonly ok: true; readonly tx: Transaction } | TxRefused;

/** A transaction without what takes hashing its bytes. */
export type TransactionContent = Omit<Transaction, "hash" | "signingHash">;
export type TxReadResult = { readonly ok: true; readonly tx: TransactionContent } | TxRefused;

/** @param signed what the signature is over: type byte, number of items, and what follows them */
type Read =
  | {
      readonly ok: true;
      readonly tx: TransactionContent;
      readonly fields: TxFields;
      readonly signed: readonly [type: number, items: number, suffix: Uint8Array];
    }
  | TxRefused;

/** First byte of the shortest RLP list; what is below it is a type. */
const LIST_START = 0xc0;
const NO_ACCESS: readonly AccessListItem[] = [];
const MAX_NONCE = (1n << 64n) - 2n;
const MAX_GAS = (1n << 63n) - 1n;
const TWO_256 = 1n << 256n;
/** The two empty items that stand for r and s in what EIP-155 signs. */
const NO_SIGNATURE = Uint8Array.of(0x80, 0x80);

/**
 * Raw signed bytes as a transaction (SPEC 9). Neither recovers the sender nor compares chain and group. The result holds
 * views of `raw`: who keeps it passes a copy, not a slice of a large buffer.
 *
 * @param hash of `raw`, where the caller has it; null = it is computed.
 */
export function decodeTransaction(suite: CryptoSuite, raw: Uint8Array, hash: Hash | null = null): TxDecodeResult {
  const read = readWhole(raw);
  if (!read.ok) return read;
  const signingHash = read.fields.signingHash(suite, ...read.signed);
  return { ok: true, tx: { ...read.tx, hash: hash ?? suite.hash(raw), signingHash } };
}

/** The same for whoever needs no hash, because the bytes were accepted before. */
export function readTransaction(raw: Uint8Array): TxReadResult {
  const read = readWhole(raw);
  return read.ok ? { ok: true, tx: read.tx } : read;
}

function readWhole(raw: Uint8Array): Read {
  if (raw.length === 0 || raw.length > MAX_TRANSACTION_BYTES) return fail("TX_SIZE", `${raw.length} bytes`);
  const first = raw[0]!;
  const type = first < LIST_START ? first : 0;
  if (first === 3) return fail("TX_BLOB_UNSUPPORTED", "blob transactions are not supported");
  if (first < LIST_START && first !== 1 && first !== 2) return fail("TX_TYPE_UNSUPPORTED", `first byte ${first}`);
  const reader = new RlpReader(raw, type === 0 ? 0 : 1);
  if (!reader.next() || !reader.isList || !reader.done) return fail("TX_RLP_INVALID", "not one canonical RLP list");
  const fields = new TxFields(raw, reader.from, reader.to);
  if (fields.problem !== null) return fail(fields.problem, fields.message);
  if (type === 1 && fields.count === 11) return readTyped(fields, 1);
  if (type === 2 && fields.count === 12) return readTyped(fields, 2);
  if (type === 0 && fields.count === 9) return readLegacy(fields);
  if (type === 0 && fields.count === 13) return readGroup(fields);
  return fail("TX_FIELD_COUNT", `${fields.count} items`);
}

function readLegacy(fields: TxFields): Read {
  const v = fields.uint(6, 8, "v");
  const isUnprotected = v === 27n || v === 28n;
  const chainId = isUnprotected ? null : (v - 35n) >> 1n;
  const nonce = fields.uint(0, 8, "nonce");
  const gasPrice = fields.uint(1, 32, "gasPrice");
  const gas = fields.uint(2, 8, "gas");
  const to = fields.address(3, "to");
  const value = fields.uint(4, 32, "value");
  const data = fields.bytes(5, "data");
  const signature = fields.signature(7, v % 2n === 0n ? 1 : 0);
  checkAmounts(fields, nonce, gas, gasPrice, gasPrice);
  if (v < 35n && !isUnprotected) fields.refuse("TX_V_INVALID", `v is ${v}`);
  if (fields.problem !== null) return fail(fields.problem, fields.message);
  const suffix = chainId === null ? EMPTY : concatBytes(rlpEncode(rlpUint(chainId)), NO_SIGNATURE);
  return succeed(fields, [0, 6, suffix], {
    type: 0,
    raw: fields.raw,
    signature,
    nonce,
    gasPrice,
    priorityFee: gasPrice,
    gas,
    to,
    value,
    data,
    accessList: NO_ACCESS,
    chainId,
    group: null,
  });
}

/** Type 1 has one price, type 2 a priority fee and a maximum; the rest of the layout is the same, shifted by one. */
function readTyped(fields: TxFields, type: 1 | 2): Read {
  const shift = type - 1;
  const chainId = fields.uint(0, 8, "chainId");
  const nonce = fields.uint(1, 8, "nonce");
  const priorityFee = fields.uint(2, 32, type === 1 ? "gasPrice" : "maxPriorityFeePerGas");
  const gasPrice = type === 1 ? priorityFee : fields.uint(3, 32, "maxFeePerGas");
  const gas = fields.uint(3 + shift, 8, "gas");
  const to = fields.address(4 + shift, "to");
  const value = fields.uint(5 + shift, 32, "value");
  const data = fields.bytes(6 + shift, "data");
  const accessList = fields.accessList(7 + shift);
  const parity = fields.uint(8 + shift, 1, "y parity");
  if (parity > 1n) fields.refuse("TX_V_INVALID", `y parity is ${parity}`);
  const signature = fields.signature(9 + shift, Number(parity));
  checkAmounts(fields, nonce, gas, gasPrice, priorityFee);
  if (fields.problem !== null) return fail(fields.problem, fields.message);
  return succeed(fields, [type, 8 + shift, EMPTY], {
    type,
    raw: fields.raw,
    signature,
    nonce,
    gasPrice,
    priorityFee,
    gas,
    to,
    value,
    data,
    accessList,
    chainId,
    group: null,
  });
}

function readGroup(fields: TxFields): Read {
  const nonce = fields.uint(0, 32, "nonce");
  const gasPrice = fields.uint(1, 32, "gasPrice");
  const gas = fields.uint(2, 8, "gas");
  const blockLimit = fields.uint(3, 8, "blockLimit");
  const to = fields.address(4, "to");
  const value = fields.uint(5, 32, "value");
  const data = fields.bytes(6, "data");
  const chainId = fields.uint(7, 8, "chainId");
  const groupId = fields.uint(8, 8, "groupId");
  const extraData = fields.bytes(9, "extraData");
  const v = fields.uint(10, 1, "v");
  if (v !== 27n && v !== 28n) fields.refuse("TX_V_INVALID", `v is ${v}, not 27 or 28`);
  const signature = fields.signature(11, v === 28n ? 1 : 0);
  checkAmounts(fields, 0n, gas, gasPrice, gasPrice);
  if (fields.problem !== null) return fail(fields.problem, fields.message);
  return succeed(fields, [0, 10, EMPTY], {
    type: GROUP_TX_TYPE,
    raw: fields.raw,
    signature,
    nonce,
    gasPrice,
    priorityFee: gasPrice,
    gas,
    to,
    value,
    data,
    accessList: NO_ACCESS,
    chainId,
    group: { groupId, blockLimit, extraData },
  });
}

function checkAmounts(fields: TxFields, nonce: bigint, gas: bigint, gasPrice: bigint, priorityFee: bigint): void {
  if (nonce > MAX_NONCE) fields.refuse("TX_NONCE_TOO_HIGH", "the nonce is not below 2^64 - 1 (EIP-2681)");
  if (gas > MAX_GAS) fields.refuse("TX_GAS_TOO_HIGH", "gas is not below 2^63");
  if (priorityFee > gasPrice) fields.refuse("TX_FEE_INVALID", "maxPriorityFeePerGas is above maxFeePerGas");
  if (gas * gasPrice >= TWO_256) fields.refuse("TX_FEE_INVALID", "gas times price does not fit 256 bits");
}

function succeed(
  fields: TxFields,
  signed: readonly [type: number, items: number, suffix: Uint8Array],
  tx: TransactionContent,
): Read {
  return { ok: true, tx, fields, signed };
}

function fail(code: TxDecodeCode, message: string): TxRefused {
  return { ok: false, code, message };
}
