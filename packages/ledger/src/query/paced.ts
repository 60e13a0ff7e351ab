import type { GroupQuery } from "@fb/api";
import { PRICES, type ThreadLane } from "@fb/runtime";
import { callError } from "../errors.ts";

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
      const last = args.at(-1);
      if (last instanceof AbortSignal && last.aborted) throw callError("CALL_ABORTED", "the client left");
      return ask(...args);
    };
  return {
    status: paced("status", MEMORY, query.status),
    head: paced("head", MEMORY, query.head),
    totals: paced("totals", MEMORY, query.totals),
    systemConfig: paced("systemConfig", MEMORY, query.systemConfig),
    balance: paced("balance", VALUE, query.balance),
    nonce: paced("nonce", VALUE, query.nonce),
    code: paced("code", VALUE, query.code),
    storageAt: paced("storageAt", VALUE, query.storageAt),
    transaction: paced("transaction", RECORD, query.transaction),
    transactionAt: paced("transactionAt", BLOCK, query.transactionAt),
    receipt: paced("receipt", RECORD, query.receipt),
    block: paced("block", BLOCK, query.block),
    receipts: paced("receipts", BLOCK, query.receipts),
    headers: paced("headers", BLOCK, query.headers),
    logs: paced("logs", BLOCK, query.logs),
    // These see to their turns themselves.
    proof: query.proof,
    call: query.call,
    estimateGas: query.estimateGas,
    submit: query.submit,
    fates: query.fates,
    watchPending: query.watchPending,
  };
}
