import { keyNumber, numberKey, TABLES } from "@fb/storage-amdb";
import {
  type CommitCertificate,
  concatBytes,
  decodeBlock,
  decodeCertificate,
  decodeHeader,
  decodeMembers,
  decodeReceipt,
  EMPTY,
  type Hash,
  type Height,
  type Members,
  type Receipt,
  type StorageBackend,
  type StoredRow,
} from "@fb/types";
import type { EncodedBlock, StoredBlock, StoredHeader, TransactionPlace } from "./api.ts";
import { ByteCache } from "./byte-cache.ts";
import { chainError } from "./errors.ts";
import { unpackList } from "./packed-list.ts";
import { readUint32 } from "./rows.ts";

const NO_LIMITS = { maxBytes: Number.MAX_SAFE_INTEGER, maxTransactions: Number.MAX_SAFE_INTEGER };
/** What a decoded object takes beside its bytes, roughly. */
const OBJECT_BYTES = 200;

/** What is left of the contents of blocks. */
export interface KeptRange {
  /** From this block on, and in block 0, bodies and receipts are there. */
  readonly lowest: Height;
}

/**
 * Reads of block tables, with recent blocks and receipts in memory. Absent = null; damaged, or missing in a committed
 * block = STORE_CORRUPT; removed = BLOCK_PRUNED.
 */
export class BlockReader {
  readonly #backend: StorageBackend;
  readonly #kept: KeptRange;
  readonly #blocks: ByteCache<StoredBlock>;
  readonly #receipts: ByteCache<readonly Receipt[]>;

  /** @param cacheBytes for blocks and receipts together */
  constructor(backend: StorageBackend, cacheBytes: number, kept: KeptRange) {
    this.#backend = backend;
    this.#kept = kept;
    this.#blocks = new ByteCache(cacheBytes / 2);
    this.#receipts = new ByteCache(cacheBytes / 2);
  }

  /** Puts a block that was just committed into the cache. */
  remember(block: StoredBlock, receipts: readonly Receipt[], receiptBytes: number): void {
    const { number } = block.header;
    this.#blocks.set(number, block, block.size + OBJECT_BYTES * (block.transactions.length + 1));
    this.#receipts.set(number, receipts, 2 * receiptBytes + OBJECT_BYTES * (receipts.length + 1));
  }

  /** Whether block and receipts are in memory. */
  isAtHand(height: Height): boolean {
    return this.#blocks.has(height) && this.#receipts.has(height);
  }

  async numberOf(hash: Hash): Promise<Height | null> {
    const fields = await this.#one(TABLES.hashToNumber, hash);
    return fields === null ? null : keyNumber(fields[0]!);
  }

  async hash(height: Height): Promise<Hash | null> {
    return (await this.#one(TABLES.numberToHash, numberKey(height)))?.[0] ?? null;
  }

  /** Consecutive headers from `from`; stops at the first that is not there. */
  async headers(from: Height, count: number): Promise<StoredHeader[]> {
    const keys = Array.from({ length: count }, (_, i) => numberKey(from + i));
    const [headers, hashes, certificates] = await Promise.all([
      this.#backend.rowsMany(TABLES.numberToHeader, keys),
      this.#backend.rowsMany(TABLES.numberToHash, keys),
      this.#backend.rowsMany(TABLES.certificates, keys),
    ]);
    const found: StoredHeader[] = [];
    for (let i = 0; i < count && headers[i]!.length > 0; i++) {
      const [encoded, txCount, size] = headers[i]![0]!.fields;
      const header = decodeHeader(encoded!);
      if (header === null) throw corrupt("header", from + i);
      found.push({
        hash: hashes[i]![0]!.fields[0]!,
        header,
        certificate: this.#certificate(certificates[i]!, from + i),
        transactionCount: readUint32(txCount!),
        size: readUint32(size!),
      });
    }
    return found;
  }

  /** @param height of a committed block */
  async block(height: Height): Promise<StoredBlock> {
    this.requireContents(height);
    const cached = this.#blocks.get(height);
    if (cached !== undefined) return cached;
    const key = numberKey(height);
    const [body, txs, hash] = await Promise.all([
      this.#parts(TABLES.numberToBody, key),
      this.#one(TABLES.numberToTxs, key),
      this.#one(TABLES.numberToHash, key),
    ]);
    if (body === null) throw this.#missing("body", height);
    if (txs === null || hash === null) throw corrupt("body", height);
    const block = decodeBlock(body, NO_LIMITS);
    if (block === null) throw corrupt("body", height);
    const { header, transactions } = block;
    const [txHashes, senders] = txs;
    const stored = { hash: hash[0]!, header, transactions, txHashes: txHashes!, senders: senders!, size: body.length };
    this.#blocks.set(height, stored, body.length + OBJECT_BYTES * (transactions.length + 1));
    return stored;
  }

  /** @param height of a committed block */
  async txHashes(height: Height): Promise<Uint8Array> {
    const cached = this.#blocks.get(height);
    if (cached !== undefined) return cached.txHashes;
    const fields = await this.#one(TABLES.numberToTxs, numberKey(height));
    if (fields === null) throw corrupt("list of transactions", height);
    return fields[0]!;
  }

  /** @param height of a committed block */
  async receipts(height: Height): Promise<readonly Receipt[]> {
    this.requireContents(height);
    const cached = this.#receipts.get(height);
    if (cached !== undefined) return cached;
    const encoded = await this.encodedReceipts(height);
    let bytes = 0;
    const receipts = encoded.map((item) => {
      const receipt = decodeReceipt(item);
      if (receipt === null) throw corrupt("receipt", height);
      bytes += item.length;
      return receipt;
    });
    this.#receipts.set(height, receipts, 2 * bytes + OBJECT_BYTES * (receipts.length + 1));
    return receipts;
  }

  /** The leaves of receiptRoot of a committed block. */
  async encodedReceipts(height: Height): Promise<readonly Uint8Array[]> {
    this.requireContents(height);
    const packed = await this.#parts(TABLES.numberToReceipts, numberKey(height));
    if (packed === null) throw this.#missing("receipts", height);
    const items = unpackList(packed);
    if (items === null) throw corrupt("receipts", height);
    return items;
  }

  /** Where a transaction sits. */
  async place(txHash: Hash): Promise<TransactionPlace | null> {
    const fields = await this.#one(TABLES.txHashToBlock, txHash);
    return fields === null ? null : { height: keyNumber(fields[0]!), index: readUint32(fields[1]!) };
  }

  /** The member list that header `height` commits to. */
  async membersAfter(height: Height): Promise<Members | null> {
    const range = { to: numberKey(height + 1), reverse: true, limit: 1 };
    for await (const row of this.#backend.scan(TABLES.numberToMembers, range)) return this.#members(row);
    return null;
  }

  /** Every change of the list in headers above `height`, oldest first. */
  async memberChanges(
    height: Height,
    limit: number,
  ): Promise<{ readonly height: Height; readonly members: Members }[]> {
    const changes: { height: Height; members: Members }[] = [];
    for await (const row of this.#backend.scan(TABLES.numberToMembers, { from: numberKey(height + 1), limit })) {
      changes.push({ height: keyNumber(row.key), members: this.#members(row) });
    }
    return changes;
  }

  /** Consecutive blocks from `from`, at least one when there is one that is kept, otherwise while they fit in `maxBytes`. */
  async encodedBlocks(from: Height, maxBlocks: number, maxBytes: number): Promise<EncodedBlock[]> {
    if (this.#isPruned(from)) return [];
    const sizes = await this.#backend.rowsMany(
      TABLES.numberToHeader,
      Array.from({ length: maxBlocks }, (_, i) => numberKey(from + i)),
    );
    let bytes = 0;
    let count = 0;
    for (const rows of sizes) {
      if (rows.length === 0) break;
      bytes += readUint32(rows[0]!.fields[2]!);
      if (count > 0 && bytes > maxBytes) break;
      count++;
    }
    const keys = Array.from({ length: count }, (_, i) => numberKey(from + i));
    const [bodies, certificates] = await Promise.all([
      this.#backend.rowsMany(TABLES.numberToBody, keys),
      this.#backend.rowsMany(TABLES.certificates, keys),
    ]);
    // A commit may have pruned the first of them meanwhile, never one between others.
    if (this.#isPruned(from)) return [];
    return keys.map((_, i) => {
      if (bodies[i]!.length === 0) throw corrupt("body", from + i);
      const certificate = certificates[i]![0]?.fields[0] ?? EMPTY;
      return { number: from + i, block: joined(bodies[i]!), certificate };
    });
  }

  async value(table: string, key: Uint8Array): Promise<Uint8Array | null> {
    return (await this.#one(table, key))?.[0] ?? null;
  }

  #isPruned(height: Height): boolean {
    return height > 0 && height < this.#kept.lowest;
  }

  /** Throws BLOCK_PRUNED when body and receipts of a block are removed. */
  requireContents(height: Height): void {
    if (!this.#isPruned(height)) return;
    const { lowest } = this.#kept;
    throw chainError("BLOCK_PRUNED", "transactions and receipts of this block are not kept", { height, lowest });
  }

  /** Why a committed block has no such rows: a commit has pruned them since the read began, or the store is damaged. */
  #missing(what: string, height: Height): Error {
    this.requireContents(height);
    return corrupt(what, height);
  }

  async #one(table: string, key: Uint8Array): Promise<readonly Uint8Array[] | null> {
    return (await this.#backend.rows(table, key))[0]?.fields ?? null;
  }

  async #parts(table: string, key: Uint8Array): Promise<Uint8Array | null> {
    const rows = await this.#backend.rows(table, key);
    return rows.length === 0 ? null : joined(rows);
  }

  #certificate(rows: readonly StoredRow[], height: Height): CommitCertificate | null {
    if (rows.length === 0) return null;
    const certificate = decodeCertificate(rows[0]!.fields[0]!);
    if (certificate === null) throw corrupt("certificate", height);
    return certificate;
  }

  #members(row: StoredRow): Members {
    const members = decodeMembers(row.fields[0]!);
    if (members === null) throw corrupt("member list", keyNumber(row.key));
    return members;
  }
}

function joined(rows: readonly StoredRow[]): Uint8Array {
  return rows.length === 1 ? rows[0]!.fields[0]! : concatBytes(...rows.map((row) => row.fields[0]!));
}

function corrupt(what: string, height: Height): Error {
  return chainError("STORE_CORRUPT", `the stored ${what} of a block cannot be read`, { height });
}
