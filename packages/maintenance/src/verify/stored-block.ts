import { unpackList } from "@fb/blockchain";
import { type ReportFault, shownBytes, TABLES } from "@fb/storage-amdb";
import {
  type Block,
  type BlockHeader,
  type CommitCertificate,
  type CryptoSuite,
  decodeBlock,
  decodeCertificate,
  decodeHeader,
  decodeMembers,
  decodeReceipt,
  decodeTransaction,
  equalBytes,
  type Hash,
  headerHash,
  type Members,
  recoverSender,
  type SignedTransaction,
} from "@fb/types";
import type { BlockRows, BlockTable } from "./block-rows.ts";

const NO_LIMITS = { maxBytes: Number.MAX_SAFE_INTEGER, maxTransactions: Number.MAX_SAFE_INTEGER };

/** A block as its rows say; null where they cannot be read, which was reported. */
export interface DecodedBlock {
  readonly header: BlockHeader | null;
  readonly hash: Hash | null;
  readonly block: Block | null;
  readonly txs: readonly SignedTransaction[] | null;
  readonly receipts: readonly Uint8Array[] | null;
  /** Receipts of transactions that failed. */
  readonly failed: number;
  readonly certificate: CommitCertificate | null;
  readonly members: Members | null;
}

/** @param isWhole false for a block that was pruned: body and receipts must not be there */
export function decodeStored(rows: BlockRows, suite: CryptoSuite, isWhole: boolean, report: ReportFault): DecodedBlock {
  const { height } = rows;
  const unreadable = (table: BlockTable, expected: string): null => {
    const found = rows.joined(table);
    const code = found === undefined ? "ROW_MISSING" : "ROW_UNREADABLE";
    report({ code, table, key: rows.key, height, expected, found: shownBytes(found) });
    return null;
  };
  const decoded = <T>(table: BlockTable, expected: string, decode: (bytes: Uint8Array) => T | null): T | null => {
    const bytes = rows.joined(table);
    return (bytes === undefined ? null : decode(bytes)) ?? unreadable(table, expected);
  };
  const encodedHeader = rows.value(TABLES.numberToHeader);
  const ownHeader =
    (encodedHeader === undefined ? null : decodeHeader(encodedHeader)) ?? unreadable(TABLES.numberToHeader, "a header");
  const block = isWhole ? decoded(TABLES.numberToBody, "a block", (bytes) => decodeBlock(bytes, NO_LIMITS)) : null;
  const header = likelier(suite, rows.value(TABLES.numberToHash), ownHeader, block?.header ?? null);
  const receipts = isWhole
    ? decoded(TABLES.numberToReceipts, "receipts", (bytes) => {
        const items = unpackList(bytes);
        return items?.every((item) => decodeReceipt(item) !== null) === true ? items : null;
      })
    : null;
  const txs = block === null ? null : signedTransactions(suite, block);
  if (block !== null && txs === null) unreadable(TABLES.numberToBody, "transactions that are signed");
  const hasMembers = rows.of(TABLES.numberToMembers).length > 0;
  return {
    header,
    hash: header === null ? null : headerHash(suite, header),
    block,
    txs,
    receipts,
    failed: (receipts ?? []).filter((item) => decodeReceipt(item)!.status !== 0).length,
    certificate: height === 0 ? null : decoded(TABLES.certificates, "a certificate", decodeCertificate),
    members: hasMembers ? decoded(TABLES.numberToMembers, "member lists", decodeMembers) : null,
  };
}

/** The header is stored twice: of two that differ, the one with the block's hash. */
function likelier(
  suite: CryptoSuite,
  hash: Uint8Array | undefined,
  own: BlockHeader | null,
  inBody: BlockHeader | null,
): BlockHeader | null {
  if (own === null || inBody === null || hash === undefined) return own ?? inBody;
  return !equalBytes(headerHash(suite, own), hash) && equalBytes(headerHash(suite, inBody), hash) ? inBody : own;
}

function signedTransactions(suite: CryptoSuite, block: Block): SignedTransaction[] | null {
  const txs: SignedTransaction[] = [];
  for (const raw of block.transactions) {
    const decoded = decodeTransaction(suite, raw);
    const sender = decoded.ok ? recoverSender(suite, decoded.tx) : null;
    if (!decoded.ok || sender === null) return null;
    txs.push({ tx: decoded.tx, sender });
  }
  return txs;
}
