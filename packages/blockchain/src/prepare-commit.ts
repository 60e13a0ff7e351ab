import { type CommitCertificate, concatBytes, type RowOp } from "@fb/types";
import type { StoredBlock, Totals } from "./api.ts";
import type { ExecutedBlock } from "./ports.ts";
import type { ReplayWindow, WindowChange } from "./replay-window.ts";
import { addBlockRows } from "./rows.ts";

/** What is written for a block, and what holds once that is durable. */
export interface PreparedCommit {
  readonly batch: readonly RowOp[];
  readonly stored: StoredBlock;
  /** Bytes of the encoded receipts. */
  readonly receiptBytes: number;
  readonly totals: Totals;
  readonly window: WindowChange;
}

/** The one batch of a block (SPEC 1.1) over a chain with these totals and this window, with what it prunes; touches nothing. */
export function prepareCommit(
  executed: ExecutedBlock,
  certificate: CommitCertificate,
  before: { readonly totals: Totals; readonly replay: ReplayWindow; readonly pruning: readonly RowOp[] },
): PreparedCommit {
  const { header, hash, block, txs, receipts, encodedReceipts, members } = executed;
  const window = before.replay.plan(header.number, txs);
  const failed = receipts.reduce((count, receipt) => count + (receipt.status === 0 ? 0 : 1), 0);
  const totals: Totals = {
    height: header.number,
    transactions: before.totals.transactions + txs.length,
    failed: before.totals.failed + failed,
  };
  const txHashes = concatBytes(...txs.map(({ tx }) => tx.hash));
  const senders = concatBytes(...txs.map(({ sender }) => sender));
  const { transactions } = block;
  const batch: RowOp[] = [...executed.stateCommitment.batch, ...executed.tableBatch, ...window.ops, ...before.pruning];
  const rows = { header, hash, transactions, txHashes, senders, encodedReceipts, certificate, members, totals };
  const size = addBlockRows(batch, rows);
  const stored: StoredBlock = { hash, header, transactions, txHashes, senders, size };
  const receiptBytes = encodedReceipts.reduce((bytes, receipt) => bytes + receipt.length, 0);
  return { batch, stored, receiptBytes, totals, window };
}
