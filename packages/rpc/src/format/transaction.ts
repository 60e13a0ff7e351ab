import type { EthTransaction, GroupInfo, TransactionRecord } from "@fb/api";
import { ethChainId, GROUP_TX_TYPE, InvariantError, readTransaction, type TransactionContent } from "@fb/types";
import { data, dataOrNull, quantity, quantityOf } from "./hex.ts";

/** Decodes bytes a group accepted before; anything else is a fault of the node. */
export function decodeKnown(raw: Uint8Array): TransactionContent {
  const decoded = readTransaction(raw);
  if (!decoded.ok) throw new InvariantError("a stored transaction does not decode", { code: decoded.code });
  return decoded.tx;
}

/** What one unit of gas really cost: nothing unless the group charges, and the base fee is always zero. */
export function effectiveGasPrice(info: GroupInfo, tx: TransactionContent): bigint {
  return info.chargeGas ? tx.priorityFee : 0n;
}

/**
 * The `eth_` form. A group transaction shows type 0x7e and nonce 0x0, because a 256-bit nonce makes clients throw away
 * the whole block; its real nonce is `groupNonce` (SPEC 4.2).
 */
export function ethTransaction(info: GroupInfo, record: TransactionRecord): EthTransaction {
  const tx = decodeKnown(record.raw);
  const { place } = record;
  return {
    blockHash: place === null ? null : data(place.blockHash),
    blockNumber: place === null ? null : quantity(place.blockNumber),
    blockTimestamp: place === null ? null : quantity(Math.floor(place.blockTimestamp / 1000)),
    transactionIndex: place === null ? null : quantity(place.index),
    hash: data(record.hash),
    type: quantity(tx.type),
    from: data(record.sender),
    to: dataOrNull(tx.to),
    value: quantity(tx.value),
    gas: quantity(tx.gas),
    gasPrice: quantity(tx.type === 2 && place !== null ? effectiveGasPrice(info, tx) : tx.gasPrice),
    input: data(tx.data),
    ...(tx.chainId === null ? {} : { chainId: quantity(ethChainId(info.chainId, info.groupId)) }),
    r: quantityOf(tx.signature.subarray(0, 32)),
    s: quantityOf(tx.signature.subarray(32, 64)),
    ...byType(tx),
  };
}

type FieldsByType = Pick<
  EthTransaction,
  | "nonce"
  | "v"
  | "yParity"
  | "accessList"
  | "maxFeePerGas"
  | "maxPriorityFeePerGas"
  | "groupNonce"
  | "groupId"
  | "groupChainId"
  | "blockLimit"
  | "extraData"
>;

function byType(tx: TransactionContent): FieldsByType {
  const parity = tx.signature[64]!;
  if (tx.type === GROUP_TX_TYPE) {
    return {
      nonce: "0x0",
      v: quantity(27 + parity),
      yParity: quantity(parity),
      groupNonce: quantity(tx.nonce),
      groupId: quantity(tx.group!.groupId),
      groupChainId: quantity(tx.chainId!),
      blockLimit: quantity(tx.group!.blockLimit),
      extraData: data(tx.group!.extraData),
    };
  }
  const nonce = quantity(tx.nonce);
  if (tx.type === 0)
    return { nonce, v: quantity(BigInt(parity) + (tx.chainId === null ? 27n : tx.chainId * 2n + 35n)) };
  const accessList = tx.accessList.map((item) => ({ address: data(item.address), storageKeys: item.slots.map(data) }));
  const shared = { nonce, accessList, yParity: quantity(parity), v: quantity(parity) };
  if (tx.type === 1) return shared;
  return { ...shared, maxFeePerGas: quantity(tx.gasPrice), maxPriorityFeePerGas: quantity(tx.priorityFee) };
}
