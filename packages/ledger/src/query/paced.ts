import type { GroupQuery } from "@fb/api";
import { PRICES, type ThreadLane } from "@fb/runtime";

const MEMORY = 2 * PRICES.message;
const VALUE = PRICES.diskRead;
const RECORD = 2 * PRICES.diskRead;
const BLOCK = 10 * PRICES.diskRead;

/** What the first step of a query takes of the group's thread, in microseconds; null = it sees to its turns itself. */
const MICROS: Readonly<Record<keyof GroupQuery, number | null>> = {
  status: MEMORY,
  head: MEMORY,
  totals: MEMORY,
  systemConfig: MEMORY,
  balance: VALUE,
  nonce: VALUE,
  code: VALUE,
  storageAt: VALUE,
  transaction: RECORD,
  transactionAt: BLOCK,
  receipt: RECORD,
  block: BLOCK,
  receipts: BLOCK,
  headers: BLOCK,
  logs: BLOCK,
  proof: null,
  call: null,
  estimateGas: null,
  submit: null,
  fates: null,
  watchPending: null,
};

/** Lets reads begin in slices, between which the group's thread does everything else that has come. */
export function inSlices(query: GroupQuery, lane: ThreadLane): GroupQuery {
  const paced: Record<string, unknown> = {};
  for (const [name, micros] of Object.entries(MICROS)) {
    const ask = query[name as keyof GroupQuery].bind(query) as (...args: unknown[]) => Promise<unknown>;
    paced[name] =
      micros === null
        ? ask
        : async (...args: unknown[]) => {
            const turn = lane.take(name, micros);
            if (turn !== null) await turn;
            return ask(...args);
          };
  }
  return paced as unknown as GroupQuery;
}
