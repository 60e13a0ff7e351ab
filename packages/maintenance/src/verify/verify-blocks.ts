import { addBlockRows } from "@fb/blockchain";
import { keyNumber, numberKey, shownBytes, TABLES } from "@fb/storage-amdb";
import {
  type BlockHeader,
  concatBytes,
  EMPTY,
  equalBytes,
  type HeadInfo,
  type Height,
  type Members,
  membersHash,
  type RowOp,
  receiptRoot,
  type SignedTransaction,
  txRoot,
  verifyCertificate,
} from "@fb/types";
import { headerProblem } from "@fb/verifier";
import { BLOCK_TABLES, BlockRows, type BlockTable, compareRows } from "./block-rows.ts";
import { tolerant, type VerifyContext } from "./context.ts";
import { ExpectedReplay } from "./expected-replay.ts";
import { type DecodedBlock, decodeStored } from "./stored-block.ts";

/** What the blocks of a range sum up to. */
export interface BlocksResult {
  readonly blocks: number;
  readonly transactions: number;
  readonly failed: number;
  /** Replay keys that those blocks leave behind. */
  readonly replay: ExpectedReplay;
}

/** Looks at the blocks of a range: each by itself, against the one before it, and against every index. */
export async function verifyBlocks(context: VerifyContext, from: Height, to: Height): Promise<BlocksResult> {
  return new BlockWalk(context).run(from, to);
}

class BlockWalk {
  readonly #context: VerifyContext;
  readonly #replay: ExpectedReplay;
  #parent: HeadInfo | null = null;
  /** In force for the next block; null when they cannot be known. */
  #members: Members | null = null;
  #transactions = 0;
  #failed = 0;

  constructor(context: VerifyContext) {
    this.#context = context;
    this.#replay = new ExpectedReplay(context.suite, context.head);
  }

  async run(from: Height, to: Height): Promise<BlocksResult> {
    const { backend, suite, report, onProgress, signal, lowestBlock } = this.#context;
    if (from > 0) await this.#begin(from - 1);
    let next = BlockRows.load(backend, from, report);
    for (let height = from; height <= to; height++) {
      signal.throwIfAborted();
      const rows = await next;
      if (height < to) next = BlockRows.load(backend, height + 1, report);
      const isWhole = height === 0 || height >= lowestBlock;
      await this.#block(rows, decodeStored(rows, suite, isWhole, report), isWhole);
      onProgress({ step: "blocks", done: height - from + 1, total: to - from + 1, unit: "blocks" });
    }
    return {
      blocks: to - from + 1,
      transactions: this.#transactions,
      failed: this.#failed,
      replay: this.#replay,
    };
  }

  /** The block before the range. */
  async #begin(height: Height): Promise<void> {
    const { backend, suite, report } = this.#context;
    const { header, hash } = decodeStored(await BlockRows.load(backend, height, report), suite, false, () => undefined);
    if (header !== null && hash !== null) this.#parent = { header, hash };
    const range = { to: numberKey(height + 1), reverse: true, limit: 1 };
    await tolerant(async () => {
      for await (const { key } of backend.scan(TABLES.numberToMembers, range)) {
        const rows = await BlockRows.load(backend, keyNumber(key), report);
        this.#members = decodeStored(rows, suite, false, () => undefined).members;
      }
    });
  }

  async #block(rows: BlockRows, decoded: DecodedBlock, isWhole: boolean): Promise<void> {
    const { header, hash, txs } = decoded;
    const head = header === null || hash === null ? null : { header, hash };
    if (head !== null) {
      this.#chain(rows.height, head.header);
      this.#certificate(rows.height, decoded);
      this.#roots(rows, decoded);
      await this.#rows(rows, decoded, isWhole);
    }
    this.#members = this.#membersAfter(rows.height, decoded);
    if (txs !== null) this.#replay.add(rows.height, txs);
    this.#transactions += txs?.length ?? hashesIn(storedLists(rows)).length;
    this.#failed += decoded.failed;
    this.#parent = head;
  }

  /** What the header says of its place, and of the rules in force. */
  #chain(height: Height, header: BlockHeader): void {
    const { report, configAt } = this.#context;
    const at = { table: TABLES.numberToHeader, key: numberKey(height), row: 0, height };
    if (header.number !== height) {
      report({ code: "HEADER_RULE", ...at, expected: `number ${height}`, found: `${header.number}` });
    }
    const parent = this.#parent;
    if (height === 0 || parent === null) return;
    if (!equalBytes(header.parentHash, parent.hash)) {
      const shown = { expected: `parent ${shownBytes(parent.hash)}`, found: shownBytes(header.parentHash) };
      report({ code: "HEADER_RULE", ...at, ...shown });
      return;
    }
    const members = this.#members;
    const config = configAt(height);
    if (header.number !== height || members === null || config === null) return;
    const problem = headerProblem(header, parent, { members, config });
    if (problem === null) return;
    report({ code: "HEADER_RULE", ...at, expected: "a header that follows its parent", found: problem });
  }

  #certificate(height: Height, { hash, certificate }: DecodedBlock): void {
    const { suite, report, genesis, genesisHash } = this.#context;
    const members = this.#members;
    if (height === 0 || certificate === null || hash === null || members === null) return;
    const { type: consensus } = genesis.consensus;
    const claim = { genesisHash, consensus, sealers: members.sealers, height, hash, certificate };
    const checked = verifyCertificate(suite, claim);
    if (checked.ok) return;
    const at = { table: TABLES.certificates, key: numberKey(height), row: 0, height };
    const expected = `a quorum of ${members.sealers.length} sealers`;
    report({ code: "CERTIFICATE_INVALID", ...at, expected, found: checked.code });
  }

  #roots(rows: BlockRows, { header, txs, receipts, members }: DecodedBlock): void {
    const { suite, report } = this.#context;
    const { key, height } = rows;
    const compare = (table: string, field: string, committed: Uint8Array, root: Uint8Array) => {
      if (equalBytes(committed, root)) return;
      const shown = { expected: `${field} ${shownBytes(committed)}`, found: shownBytes(root) };
      report({ code: "ROOT_DIFFERS", table, key, height, ...shown });
    };
    const hashes = txs?.map(({ tx }) => tx.hash) ?? hashesIn(storedLists(rows));
    compare(txs === null ? TABLES.numberToTxs : TABLES.numberToBody, "txRoot", header!.txRoot, txRoot(suite, hashes));
    if (receipts !== null) {
      compare(TABLES.numberToReceipts, "receiptRoot", header!.receiptRoot, receiptRoot(suite, receipts));
    }
    if (members !== null) {
      compare(TABLES.numberToMembers, "membersHash", header!.membersHash, membersHash(suite, members));
    }
  }

  /** The lists in force after the block; a block that changed them has a row. Null when they cannot be known. */
  #membersAfter(height: Height, { header, members }: DecodedBlock): Members | null {
    const { suite, report } = this.#context;
    if (header === null) return null;
    const committed = (lists: Members | null) =>
      lists !== null && equalBytes(membersHash(suite, lists), header.membersHash);
    if (members !== null) return committed(members) ? members : null;
    if (committed(this.#members) || (this.#members === null && height > 0)) return this.#members;
    const at = { table: TABLES.numberToMembers, key: numberKey(height), row: 0, height };
    const expected = `lists with hash ${shownBytes(header.membersHash)}`;
    report({ code: "ROW_MISSING", ...at, expected, found: "nothing" });
    return null;
  }

  /** All rows are those that the commit of this block writes (blockchain SPEC 2). */
  async #rows(stored: BlockRows, decoded: DecodedBlock, isWhole: boolean): Promise<void> {
    const { report } = this.#context;
    const { height, key } = stored;
    const lists = decoded.txs === null ? storedLists(stored) : listsOf(decoded.txs);
    const batch = expectedRows(decoded, lists);
    for (const table of BLOCK_TABLES) {
      if (isUnknown(table, decoded, isWhole)) continue;
      const expected = batch.filter((op) => op.table === table);
      const isGone = !isWhole && (table === TABLES.numberToBody || table === TABLES.numberToReceipts);
      const isCut = !isWhole && table === TABLES.numberToHeader;
      const rows = isGone ? [] : isCut ? withSize(expected, stored, lists) : expected;
      compareRows({ table, key, height }, rows, stored.of(table), report);
    }
    const places = hashesIn(lists).map((hash, index) => placeRow(hash, height, index));
    await this.#index(TABLES.txHashToBlock, height, places);
    const numbers = batch.filter(({ table }) => table === TABLES.hashToNumber);
    await this.#index(TABLES.hashToNumber, height, numbers);
  }

  async #index(table: string, height: Height, expected: readonly RowOp[]): Promise<void> {
    const { backend, report } = this.#context;
    const keys = expected.map(({ key }) => key);
    const found = await tolerant(() => backend.rowsMany(table, keys));
    if (found === undefined) {
      report({ code: "ROW_UNREADABLE", table, height, expected: "the place of a hash", found: "other bytes" });
      return;
    }
    for (const [i, op] of expected.entries()) compareRows({ table, key: op.key, height }, [op], found[i]!, report);
  }
}

/** Of a block's transactions, end to end. */
interface Lists {
  readonly txHashes: Uint8Array;
  readonly senders: Uint8Array;
}

function listsOf(txs: readonly SignedTransaction[]): Lists {
  return {
    txHashes: concatBytes(...txs.map(({ tx }) => tx.hash)),
    senders: concatBytes(...txs.map(({ sender }) => sender)),
  };
}

/** Of a block without a body that can be read. */
function storedLists(stored: BlockRows): Lists {
  const fields = stored.of(TABLES.numberToTxs)[0]?.fields;
  return { txHashes: fields?.[0] ?? EMPTY, senders: fields?.[1] ?? EMPTY };
}

function hashesIn({ txHashes }: Lists): Uint8Array[] {
  const count = Math.floor(txHashes.length / 32);
  return Array.from({ length: count }, (_, i) => txHashes.subarray(32 * i, 32 * i + 32));
}

function expectedRows(decoded: DecodedBlock, lists: Lists): RowOp[] {
  const { header, hash, receipts, certificate, members, block } = decoded;
  const batch: RowOp[] = [];
  addBlockRows(batch, {
    header: header!,
    hash: hash!,
    transactions: block?.transactions ?? [],
    ...lists,
    encodedReceipts: receipts ?? [],
    certificate,
    members,
    totals: { transactions: 0, failed: 0 },
  });
  return batch;
}

/** Whether what a table's rows must be cannot be told, because they could not be read; that was reported. */
function isUnknown(
  table: BlockTable,
  { header, block, receipts, certificate, members }: DecodedBlock,
  isWhole: boolean,
) {
  if (table === TABLES.numberToMembers) return members === null;
  if (table === TABLES.certificates) return certificate === null && header!.number > 0;
  if (table === TABLES.numberToReceipts) return isWhole && receipts === null;
  return isWhole && block === null && (table === TABLES.numberToBody || table === TABLES.numberToHeader);
}

/** A pruned block has no body to measure: what its header row says of that stands. */
function withSize(expected: readonly RowOp[], stored: BlockRows, lists: Lists): RowOp[] {
  const size = stored.of(TABLES.numberToHeader)[0]?.fields[2] ?? EMPTY;
  return expected.map((op) => ({ ...op, fields: [op.fields![0]!, uint32(hashesIn(lists).length), size] }));
}

function placeRow(hash: Uint8Array, height: Height, index: number): RowOp {
  return { table: TABLES.txHashToBlock, key: hash, row: 0, fields: [numberKey(height), uint32(index)] };
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
