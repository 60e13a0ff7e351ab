import type {
  EthLog,
  EthReceipt,
  EthReceiptHead,
  GroupInfo,
  LogRecord,
  ReceiptRecord,
  TransactionPlace,
} from "@fb/api";
import type { Log } from "@fb/types";
import { type Json, JsonList } from "../answers/json-text.ts";
import { data, dataOrNull, quantity } from "./hex.ts";
import { decodeKnown, effectiveGasPrice } from "./transaction.ts";

export function ethLog(log: LogRecord): EthLog {
  return {
    address: data(log.address),
    topics: log.topics.map(data),
    data: data(log.data),
    blockHash: data(log.place.blockHash),
    blockNumber: quantity(log.place.blockNumber),
    blockTimestamp: quantity(Math.floor(log.place.blockTimestamp / 1000)),
    transactionHash: data(log.transactionHash),
    transactionIndex: quantity(log.place.index),
    logIndex: quantity(log.logIndex),
    removed: false,
  };
}

/** The logs of a receipt with their places. */
export function logsOf(record: ReceiptRecord): LogRecord[] {
  const { place, hash } = record.transaction;
  return record.receipt.logs.map((log: Log, i) => ({
    ...log,
    place,
    transactionHash: hash,
    logIndex: record.firstLogIndex + i,
  }));
}

/** The `eth_` form; a failed transaction also shows what it returned as `revertReason`. */
export function ethReceipt(info: GroupInfo, record: ReceiptRecord): Json<EthReceipt> {
  return { ...ethReceiptHead(info, record), logs: JsonList.of(logsOf(record), ethLog) };
}

/** Everything of the `eth_` form but the logs. */
export function ethReceiptHead(info: GroupInfo, record: ReceiptRecord): EthReceiptHead {
  const { receipt, transaction } = record;
  const place: TransactionPlace = transaction.place;
  const tx = decodeKnown(transaction.raw);
  const failed = receipt.status !== 0;
  return {
    transactionHash: data(transaction.hash),
    transactionIndex: quantity(place.index),
    blockHash: data(place.blockHash),
    blockNumber: quantity(place.blockNumber),
    from: data(transaction.sender),
    to: dataOrNull(tx.to),
    contractAddress: dataOrNull(receipt.contractAddress),
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    gasUsed: quantity(receipt.gasUsed),
    effectiveGasPrice: quantity(effectiveGasPrice(info, tx)),
    logsBloom: data(receipt.logsBloom),
    type: quantity(tx.type),
    status: failed ? "0x0" : "0x1",
    ...(failed && receipt.output.length > 0 ? { revertReason: data(receipt.output) } : {}),
  };
}
