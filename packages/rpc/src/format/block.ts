import type { BlockRecord, EthBlock, EthHeader, GroupInfo, HeadRecord, TransactionRecord } from "@fb/api";
import type { CryptoSuite } from "@fb/types";
import { type Json, JsonList } from "../answers/json-text.ts";
import { data, quantity, unpack } from "./hex.ts";
import { sealerAddress } from "./ids.ts";
import { ethTransaction } from "./transaction.ts";

/** keccak256(rlp([])): what a block without uncles shows. */
const NO_UNCLES_HASH = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

/** The `eth_` form of a header (SPEC 4.1). */
export function ethHeader(suite: CryptoSuite, head: HeadRecord): EthHeader {
  const { header } = head;
  return {
    number: quantity(header.number),
    hash: data(head.hash),
    parentHash: data(header.parentHash),
    nonce: "0x0000000000000000",
    sha3Uncles: NO_UNCLES_HASH,
    logsBloom: data(header.logsBloom),
    transactionsRoot: data(header.txRoot),
    stateRoot: data(header.stateRoot),
    receiptsRoot: data(header.receiptRoot),
    tablesRoot: data(header.tablesRoot),
    membersHash: data(header.membersHash),
    miner: sealerAddress(suite, head.sealer),
    difficulty: "0x0",
    totalDifficulty: "0x0",
    extraData: data(header.extraData),
    size: quantity(head.size),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(Math.floor(header.timestamp / 1000)),
    timestampMs: quantity(header.timestamp),
    mixHash: data(suite.hash(header.parentHash)),
    baseFeePerGas: "0x0",
  };
}

/** The `eth_` form of a block; whole transactions when the record has a body, hashes otherwise. */
export function ethBlock(suite: CryptoSuite, info: GroupInfo, block: BlockRecord): Json<EthBlock> {
  const transactions =
    block.body === null
      ? JsonList.of(unpack(block.txHashes, 32), data)
      : JsonList.of(recordsOf(block), (record) => ethTransaction(info, record));
  return { ...ethHeader(suite, block), transactions, uncles: [] };
}

/** The transactions of a block that was fetched with its body. */
export function recordsOf(block: BlockRecord): TransactionRecord[] {
  const { header, hash, body } = block;
  if (body === null) return [];
  const hashes = unpack(block.txHashes, 32);
  const senders = unpack(body.senders, 20);
  return body.transactions.map((raw, index) => ({
    raw,
    hash: hashes[index]!,
    sender: senders[index]!,
    place: { blockHash: hash, blockNumber: header.number, blockTimestamp: header.timestamp, index },
  }));
}
