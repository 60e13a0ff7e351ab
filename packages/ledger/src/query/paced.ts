import type { GroupQuery } from "@fb/api";
import { PRICES, type ThreadLane } from "@fb/runtime";

/** What the first step of a query takes of the group's thread, in microseconds. */
const MEMORY = 2 * PRICES.message;
const VALUE = PRICES.diskRead;
const RECORD = 2 * PRICES.diskRead;
const BLOCK = 10 * PRICES.diskRead;

/** Lets reads begin in slices, between which the group's thread does everything else that has come. */
export function inSlices(query: GroupQuery, lane: ThreadLane): GroupQuery {
  /** @param source queries of one name take turns with those of other names */
  const paced =
    <Args extends unknown[], T>(source: string, micros: number, ask: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      const turn = lane.take(source, micros);
      if (turn !== null) await turn;
      return ask(...args);
    };
  const { status, head, totals, systemConfig, balance, nonce, code, storageAt } = query;
  const { transaction, transactionAt, receipt, block, receipts, headers, logs } = query;
  // These see to their turns themselves.
  const { proof, call, estimateGas, submit, fates, watchPending } = query;
  return {
    status: paced("status", MEMORY, status),
    head: paced("head", MEMORY, head),
    totals: paced("totals", MEMORY, totals),
    systemConfig: paced("systemConfig", MEMORY, systemConfig),
    balance: paced("balance", VALUE, balance),
    nonce: paced("nonce", VALUE, nonce),
    code: paced("code", VALUE, code),
    storageAt: paced("storageAt", VALUE, storageAt),
    transaction: paced("transaction", RECORD, transaction),
    transactionAt: paced("transactionAt", BLOCK, transactionAt),
    receipt: paced("receipt", RECORD, receipt),
    block: paced("block", BLOCK, block),
    receipts: paced("receipts", BLOCK, receipts),
    headers: paced("headers", BLOCK, headers),
    logs: paced("logs", BLOCK, logs),
    proof,
    call,
    estimateGas,
    submit,
    fates,
    watchPending,
  };
}
