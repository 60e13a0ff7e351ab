import type { BlockRecord, HeadRecord, NodeInfo, ReceiptRecord, TransactionRecord } from "@fb/api";
import type { CryptoSuite } from "@fb/types";
import { receiptStatusName, systemRefusal } from "@fb/types";
import { data, dataOrNull, quantity, unpack } from "../hex.ts";
import { JsonList } from "../json-text.ts";
import { recordsOf } from "./block.ts";
import { ZERO_ADDRESS_HEX } from "./ids.ts";
import { logsOf } from "./receipt.ts";
import { decodeKnown } from "./transaction.ts";

/** Header fields under the names clients of the 2.x line know; `dbHash` is the root of the consensus tables. */
export function fiscoHeader(head: HeadRecord, sealers: readonly string[]): Record<string, unknown> {
  const { header } = head;
  return {
    number: quantity(header.number),
    hash: data(head.hash),
    parentHash: data(header.parentHash),
    timestamp: quantity(header.timestamp),
    sealer: quantity(header.sealer),
    sealerList: sealers,
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

export function fiscoBlock(suite: CryptoSuite, block: BlockRecord): Record<string, unknown> {
  return {
    ...fiscoHeader(block, block.sealers),
    round: block.certificate === null ? null : quantity(block.certificate.round),
    signatureList: (block.certificate?.signatures ?? []).map((one) => ({
      index: quantity(one.sealer),
      signature: data(one.signature),
    })),
    transactions:
      block.body === null
        ? new JsonList(unpack(block.txHashes, 32), data)
        : new JsonList(recordsOf(block), (record) => fiscoTransaction(suite, record)),
  };
}

export function fiscoTransaction(suite: CryptoSuite, record: TransactionRecord): Record<string, unknown> {
  const tx = decodeKnown(suite, record.raw);
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

/**
 * `status` is the numeric receipt status, 0x0 = success; `statusMsg` its name. `systemRefusal` is there when the
 * transaction succeeded, but the system contract it called did nothing.
 */
export function fiscoReceipt(suite: CryptoSuite, record: ReceiptRecord): Record<string, unknown> {
  const { receipt, transaction } = record;
  const { place } = transaction;
  const tx = decodeKnown(suite, transaction.raw);
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
    logs: new JsonList(logsOf(record), (log) => ({
      address: data(log.address),
      topics: log.topics.map(data),
      data: data(log.data),
    })),
  };
}

/** This node and its peers share one shape. */
export function fiscoNode(node: Pick<NodeInfo, "agency" | "name" | "nodeId"> & { address: string }) {
  return { Agency: node.agency, IPAndPort: node.address, Node: node.name, NodeID: node.nodeId, Topic: [] };
}
