import type {
  BlockRecord,
  FiscoBlock,
  FiscoHeader,
  FiscoLog,
  FiscoNode,
  FiscoReceipt,
  FiscoSignedHeader,
  FiscoTransaction,
  NodeInfo,
  ReceiptRecord,
  TransactionRecord,
} from "@fb/api";
import { type Log, receiptStatusName, systemRefusal } from "@fb/types";
import { type Json, JsonList } from "../answers/json-text.ts";
import { recordsOf } from "./block.ts";
import { data, dataOrNull, quantity, unpack } from "./hex.ts";
import { ZERO_ADDRESS_HEX } from "./ids.ts";
import { decodeKnown } from "./transaction.ts";

/** Header fields under the names clients of the 2.x line know. */
export function fiscoHeader(block: BlockRecord): FiscoHeader {
  const { header } = block;
  return {
    number: quantity(header.number),
    hash: data(block.hash),
    parentHash: data(header.parentHash),
    timestamp: quantity(header.timestamp),
    sealer: quantity(header.sealer),
    sealerList: block.sealers,
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    logsBloom: data(header.logsBloom),
    stateRoot: data(header.stateRoot),
    dbHash: data(header.tablesRoot),
    transactionsRoot: data(header.txRoot),
    receiptsRoot: data(header.receiptRoot),
    membersHash: data(header.membersHash),
    extraData: [data(header.extraData)],
  };
}

export function fiscoSignedHeader(block: BlockRecord): FiscoSignedHeader {
  return {
    ...fiscoHeader(block),
    round: block.certificate === null ? null : quantity(block.certificate.round),
    signatureList: (block.certificate?.signatures ?? []).map((one) => ({
      index: quantity(one.sealer),
      signature: data(one.signature),
    })),
  };
}

export function fiscoBlock(block: BlockRecord): Json<FiscoBlock> {
  return {
    ...fiscoSignedHeader(block),
    transactions:
      block.body === null
        ? JsonList.of(unpack(block.txHashes, 32), data)
        : JsonList.of(recordsOf(block), (record) => fiscoTransaction(record)),
  };
}

export function fiscoTransaction(record: TransactionRecord): FiscoTransaction {
  const tx = decodeKnown(record.raw);
  const { place } = record;
  return {
    blockHash: place === null ? null : data(place.blockHash),
    blockNumber: place === null ? null : quantity(place.blockNumber),
    transactionIndex: place === null ? null : quantity(place.index),
    hash: data(record.hash),
    type: quantity(tx.type),
    from: data(record.sender),
    to: dataOrNull(tx.to),
    value: quantity(tx.value),
    gas: quantity(tx.gas),
    gasPrice: quantity(tx.gasPrice),
    input: data(tx.data),
    nonce: quantity(tx.nonce),
    chainId: tx.chainId === null ? null : quantity(tx.chainId),
    groupId: tx.group === null ? null : quantity(tx.group.groupId),
    blockLimit: tx.group === null ? null : quantity(tx.group.blockLimit),
    extraData: tx.group === null ? null : data(tx.group.extraData),
    signature: {
      r: data(tx.signature.subarray(0, 32)),
      s: data(tx.signature.subarray(32, 64)),
      v: quantity(tx.signature[64]!),
      signature: data(tx.signature),
    },
  };
}

export function fiscoReceipt(record: ReceiptRecord): Json<FiscoReceipt> {
  const { receipt, transaction } = record;
  const { place } = transaction;
  const tx = decodeKnown(transaction.raw);
  const refusal = receipt.status === 0 ? systemRefusal(tx.to, receipt.output) : null;
  return {
    blockHash: data(place.blockHash),
    blockNumber: quantity(place.blockNumber),
    transactionIndex: quantity(place.index),
    transactionHash: data(transaction.hash),
    from: data(transaction.sender),
    to: dataOrNull(tx.to),
    contractAddress: receipt.contractAddress === null ? ZERO_ADDRESS_HEX : data(receipt.contractAddress),
    gasUsed: quantity(receipt.gasUsed),
    input: data(tx.data),
    output: data(receipt.output),
    status: quantity(receipt.status),
    statusMsg: receiptStatusName(receipt.status),
    ...(refusal === null ? {} : { systemRefusal: refusal }),
    logsBloom: data(receipt.logsBloom),
    logs: JsonList.of(receipt.logs, fiscoLog),
  };
}

function fiscoLog(log: Log): FiscoLog {
  return { address: data(log.address), topics: log.topics.map(data), data: data(log.data) };
}

/** This node and its peers share one shape. */
export function fiscoNode(node: Pick<NodeInfo, "agency" | "name" | "nodeId"> & { address: string }): FiscoNode {
  return { Agency: node.agency, IPAndPort: node.address, Node: node.name, NodeID: node.nodeId, Topic: [] };
}
