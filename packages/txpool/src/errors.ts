import type { BlockSizeCode } from "@fb/types";

/**
 * Why the pool refuses a transaction. Each code tells the client what to do; {@link REFUSALS} holds its sentence and the
 * receipt status that older clients of this field know.
 */
export type RefusalCode =
  /** Larger than the pool takes. The client splits its data. */
  | "TX_TOO_LARGE"
  /** Not one of the two families, not canonical, or a value out of range. The client fixes its encoder. */
  | "TX_MALFORMED"
  /** A typed transaction this chain has no use for. The client uses type 0, 1 or 2. */
  | "TX_TYPE_UNSUPPORTED"
  /** Signed for no chain in particular (v 27 or 28), which this group does not allow. The client signs with the chain id. */
  | "TX_UNPROTECTED"
  /** Signed for another chain. */
  | "CHAIN_ID_MISMATCH"
  /** Signed for another group. */
  | "GROUP_ID_MISMATCH"
  /** The block limit has passed. The client signs again with a higher one. */
  | "BLOCK_LIMIT_EXPIRED"
  /** The block limit lies beyond the replay window. The client signs again with a lower one. */
  | "BLOCK_LIMIT_TOO_FAR"
  /** The same bytes wait here already. Nothing to do. */
  | "ALREADY_KNOWN"
  /** A committed group transaction of this sender used this nonce. The client checks its receipt, or takes another nonce. */
  | "NONCE_USED"
  /** The account's nonce is past this one. The client checks whether it was committed. */
  | "NONCE_TOO_LOW"
  /** Too far beyond the account's next nonce. The client sends the missing ones first. */
  | "NONCE_TOO_HIGH"
  /** Another transaction of this sender with this nonce waits here. The client waits for it or uses the next nonce. */
  | "NONCE_ALREADY_PENDING"
  /** Gas is charged and the price is not a tenth above that of the waiting transaction with this nonce. The client pays more. */
  | "REPLACEMENT_UNDERPRICED"
  /** Nobody's signature. */
  | "SIGNATURE_INVALID"
  /** Less gas than any transaction of this shape uses. The client asks for an estimate. */
  | "INTRINSIC_GAS_TOO_LOW"
  /** Any transaction of this shape uses more gas than the group allows one. The client sends less data. */
  | "INTRINSIC_GAS_ABOVE_LIMIT"
  /** A creation whose code is longer than any may be. The client splits its contract. */
  | "INIT_CODE_TOO_LARGE"
  /** The balance does not cover value and, where gas is charged, gas. */
  | "BALANCE_TOO_LOW"
  /** Too many of this sender's transactions wait here. The client waits for receipts. */
  | "SENDER_LIMIT_REACHED"
  /** Too many transactions wait for missing nonces here. The client sends the missing ones first. */
  | "QUEUED_LIMIT_REACHED"
  /** Too many transactions wait here. The client retries later or at another node. */
  | "POOL_FULL"
  /** Too many bytes wait here. The client retries later or at another node. */
  | "POOL_BYTES_FULL"
  /** Too many bytes are being checked at once, or the pool takes nothing new for now. The client retries. */
  | "POOL_BUSY";

interface Refusal {
  /** For the client. */
  readonly message: string;
  /** Numeric code of FISCO BCOS 2.x (receipt statuses and import results); null where it has none. */
  readonly fiscoStatus: number | null;
}

export const REFUSALS: Readonly<Record<RefusalCode, Refusal>> = {
  TX_TOO_LARGE: { message: "transaction is larger than the pool accepts: send less data", fiscoStatus: 10005 },
  TX_MALFORMED: { message: "transaction cannot be decoded: check how it is encoded", fiscoStatus: 10005 },
  TX_TYPE_UNSUPPORTED: { message: "transaction type is not supported: use type 0, 1 or 2", fiscoStatus: 10005 },
  TX_UNPROTECTED: {
    message: "transaction is bound to no chain, which this group does not allow: sign with a chain id (EIP-155)",
    fiscoStatus: 10002,
  },
  CHAIN_ID_MISMATCH: { message: "transaction is signed for another chain: check the chain id", fiscoStatus: 10002 },
  GROUP_ID_MISMATCH: { message: "transaction is signed for another group: check the group id", fiscoStatus: 10003 },
  BLOCK_LIMIT_EXPIRED: { message: "block limit has passed: sign again with a higher one", fiscoStatus: 16 },
  BLOCK_LIMIT_TOO_FAR: { message: "block limit is too far ahead: sign again with a lower one", fiscoStatus: 16 },
  ALREADY_KNOWN: { message: "already known: this transaction waits in the pool", fiscoStatus: 10000 },
  NONCE_USED: {
    message: "nonce was used by a committed transaction: look up its receipt or use another",
    fiscoStatus: 15,
  },
  NONCE_TOO_LOW: { message: "nonce too low: it was committed already, use the account's next nonce", fiscoStatus: 15 },
  NONCE_TOO_HIGH: { message: "nonce too high: send the missing nonces first", fiscoStatus: 15 },
  NONCE_ALREADY_PENDING: {
    message: "a transaction with this nonce is pending and cannot be replaced: wait for it or use the next nonce",
    fiscoStatus: 15,
  },
  REPLACEMENT_UNDERPRICED: {
    message: "replacement transaction underpriced: raise the gas price by at least a tenth",
    fiscoStatus: 15,
  },
  SIGNATURE_INVALID: { message: "signature is invalid: sign the transaction again", fiscoStatus: 10005 },
  INTRINSIC_GAS_TOO_LOW: {
    message: "intrinsic gas too low: raise the gas limit, eth_estimateGas tells it",
    fiscoStatus: 4,
  },
  INTRINSIC_GAS_ABOVE_LIMIT: {
    message: "transaction needs more gas than the group allows a transaction: send less data",
    fiscoStatus: 4,
  },
  INIT_CODE_TOO_LARGE: { message: "max initcode size exceeded: split the contract", fiscoStatus: 10005 },
  BALANCE_TOO_LOW: { message: "insufficient funds for gas * price + value", fiscoStatus: 7 },
  SENDER_LIMIT_REACHED: { message: "too many pending transactions of this sender: wait for receipts", fiscoStatus: 28 },
  QUEUED_LIMIT_REACHED: {
    message: "too many transactions wait for missing nonces: send the missing ones first",
    fiscoStatus: 28,
  },
  POOL_FULL: { message: "transaction pool is full: retry later", fiscoStatus: 28 },
  POOL_BYTES_FULL: { message: "transaction pool memory is full: retry later", fiscoStatus: 10006 },
  POOL_BUSY: { message: "transaction pool is busy: retry later", fiscoStatus: 29 },
};

/** Why a transaction cannot run whatever the state is. */
export type ShapeCode = Extract<
  RefusalCode,
  "INTRINSIC_GAS_TOO_LOW" | "INTRINSIC_GAS_ABOVE_LIMIT" | "INIT_CODE_TOO_LARGE"
>;

/** Why a proposal's transactions are not acceptable. The proposer is at fault, unless the code is WRONG_HEIGHT. */
export type JudgeCode =
  /** The block does not follow the head, which may have moved. The caller asks again or drops it. */
  | "WRONG_HEIGHT"
  | BlockSizeCode
  | "TX_TOO_LARGE"
  | "TX_MALFORMED"
  | "TX_TYPE_UNSUPPORTED"
  | "TX_UNPROTECTED"
  | "CHAIN_ID_MISMATCH"
  | "GROUP_ID_MISMATCH"
  | "BLOCK_LIMIT_INVALID"
  | "SIGNATURE_INVALID"
  /** A nonce that is not the sender's next. */
  | "NONCE_NOT_NEXT"
  /** A replay key used by a committed or earlier transaction. */
  | "NONCE_USED"
  | "DUPLICATE_TRANSACTION";
