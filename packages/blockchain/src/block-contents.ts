import { type CryptoSuite, type Hash, merkleProof } from "@fb/types";
import type { StoredBlock, StoredReceipt, StoredTransaction, TransactionProof } from "./api.ts";
import type { BlockReader } from "./reader.ts";

/** Single transactions, found by hash. Null = no committed block has it; BLOCK_PRUNED = one has, and this node no longer. */
export class BlockContents {
  readonly #reader: BlockReader;
  readonly #suite: CryptoSuite;

  constructor(reader: BlockReader, suite: CryptoSuite) {
    this.#reader = reader;
    this.#suite = suite;
  }

  async transaction(hash: Hash): Promise<StoredTransaction | null> {
    const place = await this.#reader.place(hash);
    return place === null ? null : transactionOf(await this.#reader.block(place.height), place.index);
  }

  async receipt(txHash: Hash): Promise<StoredReceipt | null> {
    const place = await this.#reader.place(txHash);
    if (place === null) return null;
    const { height, index } = place;
    const [block, receipts] = await Promise.all([this.#reader.block(height), this.#reader.receipts(height)]);
    let firstLogIndex = 0;
    for (let i = 0; i < index; i++) firstLogIndex += receipts[i]!.logs.length;
    return { ...transactionOf(block, index), receipt: receipts[index]!, firstLogIndex };
  }

  async proof(txHash: Hash): Promise<TransactionProof | null> {
    const place = await this.#reader.place(txHash);
    if (place === null) return null;
    const { height, index } = place;
    const [block, encoded] = await Promise.all([this.#reader.block(height), this.#reader.encodedReceipts(height)]);
    const leaves = Array.from({ length: encoded.length }, (_, i) => block.txHashes.subarray(i * 32, i * 32 + 32));
    const transaction = { hash: txHash, path: merkleProof(this.#suite, leaves, index).path };
    const receipt = { encoded: encoded[index]!, path: merkleProof(this.#suite, encoded, index).path };
    const { hash, header } = block;
    return { block: { hash, header }, inclusion: { index, count: encoded.length, transaction, receipt } };
  }
}

function transactionOf(block: StoredBlock, index: number): StoredTransaction {
  return {
    block: { hash: block.hash, header: block.header },
    index,
    raw: block.transactions[index]!,
    hash: block.txHashes.slice(index * 32, index * 32 + 32),
    sender: block.senders.slice(index * 20, index * 20 + 20),
  };
}
