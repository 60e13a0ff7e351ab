import type {
  BlockRecord,
  BlockRef,
  HeadRecord,
  LogRecord,
  ReceiptRecord,
  TransactionPlace,
  TransactionRecord,
} from "@fb/api";
import type { Blockchain, FoundLog, StoredBlock, StoredHeader, StoredTransaction } from "@fb/blockchain";
import {
  type BlockHeader,
  type Hash,
  type Height,
  type NodeId,
  type Receipt,
  type SignedTransaction,
  toHex,
} from "@fb/types";

/*
 * The answers a group gives across a thread. Byte fields are copied out of the block they are views of: cloning a view
 * clones the whole buffer behind it.
 */

/** Bytes with a buffer of their own. */
export function own(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

/**
 * Views of one buffer that is mostly theirs cross a thread as they are: together they make one copy of it, whereas a
 * buffer for each would be a copy more, and memory outside of the heap, which makes the collector go over all of it.
 */
export function ownTogether(views: readonly Uint8Array[]): readonly Uint8Array[] {
  const buffer = views[0]?.buffer;
  const bytes = views.reduce((sum, view) => sum + view.byteLength, 0);
  const isTheirs = views.every((view) => view.buffer === buffer) && 2 * bytes >= (buffer?.byteLength ?? 0);
  return isTheirs ? views : views.map(own);
}

export function ownHeader(header: BlockHeader): BlockHeader {
  return {
    ...header,
    parentHash: own(header.parentHash),
    stateRoot: own(header.stateRoot),
    tablesRoot: own(header.tablesRoot),
    txRoot: own(header.txRoot),
    receiptRoot: own(header.receiptRoot),
    membersHash: own(header.membersHash),
    logsBloom: own(header.logsBloom),
    extraData: own(header.extraData),
  };
}

export function ownReceipt(receipt: Receipt): Receipt {
  return {
    ...receipt,
    contractAddress: receipt.contractAddress === null ? null : own(receipt.contractAddress),
    logsBloom: own(receipt.logsBloom),
    logs: receipt.logs.map((log) => ({ address: own(log.address), topics: log.topics.map(own), data: own(log.data) })),
    output: own(receipt.output),
  };
}

export function headRecord(stored: StoredHeader, sealers: readonly NodeId[]): HeadRecord {
  const { header } = stored;
  return {
    hash: own(stored.hash),
    header: ownHeader(header),
    sealer: header.number === 0 ? null : (sealers[header.sealer] ?? null),
    transactionCount: stored.transactionCount,
    size: stored.size,
  };
}

export function blockRecord(
  stored: StoredHeader,
  txHashes: Uint8Array,
  sealers: readonly NodeId[],
  body: Pick<StoredBlock, "transactions" | "senders"> | null,
): BlockRecord {
  return {
    ...headRecord(stored, sealers),
    certificate:
      stored.certificate === null
        ? null
        : {
            round: stored.certificate.round,
            signatures: stored.certificate.signatures.map(({ sealer, signature }) => ({
              sealer,
              signature: own(signature),
            })),
          },
    sealers,
    txHashes: own(txHashes),
    body: body === null ? null : { transactions: ownTogether(body.transactions), senders: own(body.senders) },
  };
}

export function placeOf(block: { readonly hash: Hash; readonly header: BlockHeader }, index: number): TransactionPlace {
  return {
    blockHash: own(block.hash),
    blockNumber: block.header.number,
    blockTimestamp: block.header.timestamp,
    index,
  };
}

export function transactionRecord(stored: StoredTransaction): TransactionRecord & { readonly place: TransactionPlace } {
  return {
    raw: own(stored.raw),
    hash: own(stored.hash),
    sender: own(stored.sender),
    place: placeOf(stored.block, stored.index),
  };
}

export function waitingRecord({ tx, sender }: SignedTransaction): TransactionRecord {
  return { raw: own(tx.raw), hash: own(tx.hash), sender: own(sender), place: null };
}

/** One receipt of a block. */
export function receiptRecord(block: StoredBlock, receipts: readonly Receipt[], index: number): ReceiptRecord {
  let firstLogIndex = 0;
  for (let i = 0; i < index; i++) firstLogIndex += receipts[i]!.logs.length;
  const transaction = transactionRecord(storedAt(block, index));
  return { receipt: ownReceipt(receipts[index]!), transaction, firstLogIndex };
}

export function logRecord({ log, block, transactionHash, transactionIndex, logIndex }: FoundLog): LogRecord {
  return {
    address: own(log.address),
    topics: log.topics.map(own),
    data: own(log.data),
    place: placeOf(block, transactionIndex),
    transactionHash: own(transactionHash),
    logIndex,
  };
}

/** The receipts of a whole block with the transactions they belong to. */
export function receiptRecords(block: StoredBlock, receipts: readonly Receipt[]): ReceiptRecord[] {
  let firstLogIndex = 0;
  return receipts.map((receipt, index) => {
    const record: ReceiptRecord = {
      receipt: ownReceipt(receipt),
      transaction: transactionRecord(storedAt(block, index)),
      firstLogIndex,
    };
    firstLogIndex += receipt.logs.length;
    return record;
  });
}

export function storedAt(block: StoredBlock, index: number): StoredTransaction {
  return {
    raw: block.transactions[index]!,
    hash: block.txHashes.subarray(index * 32, index * 32 + 32),
    sender: block.senders.subarray(index * 20, index * 20 + 20),
    block: { hash: block.hash, header: block.header },
    index,
  };
}

/** Height of a block the client named; null when the chain has no such block. */
export async function resolveRef(chain: Blockchain, ref: BlockRef): Promise<Height | null> {
  const head = chain.head().header.number;
  if (ref === "latest") return head;
  if (typeof ref === "number") return ref <= head ? ref : null;
  return chain.numberOf(ref);
}

/** Sealers in force at a height; none for genesis. */
export async function sealersAt(chain: Blockchain, height: Height): Promise<readonly NodeId[]> {
  return height === 0 ? [] : ((await chain.membersAt(height))?.sealers ?? []);
}

/** Records of consecutive headers. Their sealers are looked up once for every list, not once for every header. */
export async function headRecords(chain: Blockchain, headers: readonly StoredHeader[]): Promise<HeadRecord[]> {
  const lists = new Map<string, Promise<readonly NodeId[]>>();
  const records = headers.map(async (stored, i) => {
    // A header commits to the list of the next one.
    const before = headers[i - 1];
    if (before === undefined) return headRecord(stored, await sealersAt(chain, stored.header.number));
    const key = toHex(before.header.membersHash);
    let list = lists.get(key);
    if (list === undefined) lists.set(key, (list = sealersAt(chain, stored.header.number)));
    return headRecord(stored, await list);
  });
  return Promise.all(records);
}
