import {
  type CryptoSuite,
  decodeTransaction,
  ethChainId,
  type Hash,
  MAX_TRANSACTION_BYTES,
  type Transaction,
  type TxDecodeCode,
} from "@fb/types";
import type { RefusalCode } from "./errors.ts";
import type { TxPoolOptions } from "./options.ts";
import { type WindowContext, windowRefusal } from "./window.ts";

export type CheckCode = Extract<
  RefusalCode,
  | "TX_TOO_LARGE"
  | "TX_MALFORMED"
  | "TX_TYPE_UNSUPPORTED"
  | "SIGNATURE_INVALID"
  | "TX_UNPROTECTED"
  | "CHAIN_ID_MISMATCH"
  | "GROUP_ID_MISMATCH"
  | "BLOCK_LIMIT_EXPIRED"
  | "BLOCK_LIMIT_TOO_FAR"
>;

export type CheckResult =
  | { readonly ok: true; readonly tx: Transaction }
  /** `detail` says which part of the encoding is wrong; `hash` is null when the bytes did not decode. */
  | { readonly ok: false; readonly code: CheckCode; readonly detail: string | null; readonly hash: Hash | null };

/** `hash` is that of `raw`. */
export type CheckFn = (raw: Uint8Array, hash: Hash, context: WindowContext) => CheckResult;

/** What the bytes alone decide: SPEC 1.3 to 1.7, in this order. */
export function createChecker(
  options: Pick<TxPoolOptions, "chainId" | "groupId" | "allowUnprotected">,
  suite: CryptoSuite,
): CheckFn {
  const groupChainId = BigInt(options.chainId);
  const groupId = BigInt(options.groupId);
  const ethereumChainId = BigInt(ethChainId(options.chainId, options.groupId));

  const refusal = (tx: Transaction, context: WindowContext): CheckCode | null => {
    if (tx.chainId === null) return options.allowUnprotected ? null : "TX_UNPROTECTED";
    if (tx.group === null) return tx.chainId === ethereumChainId ? null : "CHAIN_ID_MISMATCH";
    if (tx.chainId !== groupChainId) return "CHAIN_ID_MISMATCH";
    if (tx.group.groupId !== groupId) return "GROUP_ID_MISMATCH";
    return windowRefusal(tx, context);
  };

  return (raw, hash, context) => {
    if (raw.length > MAX_TRANSACTION_BYTES) return { ok: false, code: "TX_TOO_LARGE", detail: null, hash: null };
    const decoded = decodeTransaction(suite, raw, hash);
    if (!decoded.ok) {
      return { ok: false, code: decodeRefusal(decoded.code), detail: decoded.message, hash: null };
    }
    const code = refusal(decoded.tx, context);
    return code === null ? decoded : { ok: false, code, detail: null, hash: decoded.tx.hash };
  };
}

function decodeRefusal(code: TxDecodeCode): CheckCode {
  switch (code) {
    case "TX_TYPE_UNSUPPORTED":
    case "TX_BLOB_UNSUPPORTED":
      return "TX_TYPE_UNSUPPORTED";
    case "TX_SIGNATURE_RANGE":
      return "SIGNATURE_INVALID";
    default:
      return "TX_MALFORMED";
  }
}
