import type { SubmitOutcome } from "@fb/api";
import { busy, RPC_CODES, RpcError } from "../errors.ts";

type Refusal = Extract<SubmitOutcome, { ok: false }>;

/** Phrases by which ethers, viem and wallets recognise a refusal, by the pool's code. */
const PHRASES: Readonly<Record<string, string>> = {
  ALREADY_KNOWN: "already known",
  NONCE_TOO_LOW: "nonce too low",
  NONCE_TOO_HIGH: "nonce too high",
  NONCE_ALREADY_PENDING: "replacement transaction underpriced",
  REPLACEMENT_UNDERPRICED: "replacement transaction underpriced",
  INTRINSIC_GAS_TOO_LOW: "intrinsic gas too low",
  INTRINSIC_GAS_ABOVE_LIMIT: "exceeds block gas limit",
  INIT_CODE_TOO_LARGE: "max initcode size exceeded",
  BALANCE_TOO_LOW: "insufficient funds for gas * price + value",
  TX_UNPROTECTED: "only replay-protected (EIP-155) transactions allowed over RPC",
  CHAIN_ID_MISMATCH: "invalid chain id for signer",
  SIGNATURE_INVALID: "invalid sender",
  TX_TYPE_UNSUPPORTED: "transaction type not supported",
  TX_TOO_LARGE: "oversized data",
  QUEUED_LIMIT_REACHED: "txpool is full",
  POOL_FULL: "txpool is full",
  POOL_BYTES_FULL: "txpool is full",
};

/** The error of a transaction the pool refused: a phrase clients know, then the pool's; `data.code` is exact. */
export function refusedTransaction({ code, message, fiscoStatus }: Refusal): RpcError {
  if (code === "POOL_BUSY") return busy();
  if (code === "NOT_A_MEMBER") return new RpcError(RPC_CODES.nodeNotInGroup, message, { code });
  const phrase = PHRASES[code];
  const text = phrase === undefined || message.startsWith(phrase) ? message : `${phrase}: ${message}`;
  return new RpcError(RPC_CODES.refused, text, fiscoStatus === null ? { code } : { code, status: fiscoStatus });
}
