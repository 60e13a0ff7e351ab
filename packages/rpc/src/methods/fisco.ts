import { systemRefusal } from "@fb/types";
import { RPC_CODES, RpcError } from "../errors.ts";
import { fiscoBlock, fiscoHeader, fiscoReceipt, fiscoTransaction } from "../format/fisco.ts";
import { data, quantity } from "../hex.ts";
import { type GroupScope, groupMethod, HEAVY, type MethodTable } from "../method.ts";
import type { BlockRecord, CallRequest, TransactionRecord } from "../ports.ts";
import { unwrap } from "../query-result.ts";
import { address, bytes, flag, hash, INVALID, index, optional, type Param, readSmall, text } from "../schema.ts";
import { callRequest } from "../schema-call.ts";
import { callLimits } from "./eth-state.ts";
import { sendRaw } from "./eth-submit.ts";

/** A height as clients of the 2.x line write it: 0x quantity, decimal text or number. */
const height: Param<number> = {
  name: "blockNumber",
  expects: "a block number as 0x quantity, decimal text or number",
  read: (value) => {
    const decimal = typeof value === "string" && /^[0-9]{1,15}$/.test(value) ? Number(value) : value;
    if (typeof decimal === "number") return Number.isSafeInteger(decimal) && decimal >= 0 ? decimal : INVALID;
    return readSmall(value, Number.MAX_SAFE_INTEGER);
  },
};

const withTransactions = optional(flag("includeTransactions"), false);
const withSignatures = optional(flag("includeSignatures"), false);
const key = text("key", "the name of a system config entry", (name) => /^[a-z0-9_]{1,64}$/i.test(name));

/** Reads and submission under the method names of the 2.x line, group id first. Absent blocks are errors there. */
export const fiscoMethods: MethodTable = {
  getBlockNumber: groupMethod([], async ({ query }) => quantity((await query.head()).header.number)),
  getBlockByNumber: groupMethod([height, withTransactions], async (scope, number, full) =>
    fiscoBlock(scope.services.suite, await blockAt(scope, number, full)),
  ),
  getBlockByHash: groupMethod([hash("blockHash"), withTransactions], async (scope, id, full) =>
    fiscoBlock(scope.services.suite, await blockAt(scope, id, full)),
  ),
  getBlockHeaderByNumber: groupMethod([height, withSignatures], header),
  getBlockHeaderByHash: groupMethod([hash("blockHash"), withSignatures], header),
  getBlockHashByNumber: groupMethod([height], async (scope, number) =>
    data((await blockAt(scope, number, false)).hash),
  ),
  getTransactionByHash: groupMethod([hash("transactionHash")], async (scope, id) =>
    transactionOrNull(scope, await scope.query.transaction(id)),
  ),
  getTransactionByBlockHashAndIndex: groupMethod([hash("blockHash"), index("index")], transactionAt),
  getTransactionByBlockNumberAndIndex: groupMethod([height, index("index")], transactionAt),
  getTransactionReceipt: groupMethod([hash("transactionHash")], async ({ query, services }, id) => {
    const record = await query.receipt(id);
    return record === null ? null : fiscoReceipt(services.suite, record);
  }),
  getPendingTxSize: groupMethod([], async ({ query }) => {
    const { pool } = await query.status();
    return quantity(pool.pending + pool.queued);
  }),
  getCode: groupMethod([address("address")], async ({ query }, who) => data(unwrap(await query.code(who, "latest")))),
  getTotalTransactionCount: groupMethod([], async ({ query }) => {
    const totals = await query.totals();
    return {
      blockNumber: quantity(totals.blockNumber),
      txSum: quantity(totals.transactions),
      failedTxSum: quantity(totals.failed),
    };
  }),
  getSystemConfigByKey: groupMethod([key], async ({ query }, name) => {
    const entry = await query.systemConfig(name.toLowerCase());
    if (entry === null) throw new RpcError(RPC_CODES.configKeyNotFound, `no system config entry ${name}`);
    return entry.value;
  }),
  call: groupMethod([callRequest], call, HEAVY),
  sendRawTransaction: groupMethod([bytes("transaction")], sendRaw),
};

async function blockAt({ query }: GroupScope, ref: number | Uint8Array, full: boolean): Promise<BlockRecord> {
  const record = await query.block(ref, full);
  if (record !== null) return record;
  if (typeof ref === "number") throw new RpcError(RPC_CODES.blockNumberNotFound, `block ${ref} does not exist`);
  throw new RpcError(RPC_CODES.blockHashNotFound, `no block with hash ${data(ref)}`);
}

async function header(scope: GroupScope, ref: number | Uint8Array, signatures: boolean): Promise<unknown> {
  const record = await blockAt(scope, ref, false);
  if (!signatures) return fiscoHeader(record, record.sealers);
  const { transactions: _, ...whole } = fiscoBlock(scope.services.suite, record);
  return whole;
}

async function transactionAt(scope: GroupScope, ref: number | Uint8Array, at: number): Promise<unknown> {
  const record = await scope.query.transactionAt(ref, at);
  if (record === null) {
    const { transactionCount } = await blockAt(scope, ref, false);
    throw new RpcError(RPC_CODES.transactionIndexNotFound, `that block has ${transactionCount} transactions, no ${at}`);
  }
  return transactionOrNull(scope, record);
}

function transactionOrNull({ services }: GroupScope, record: TransactionRecord | null): unknown {
  return record === null ? null : fiscoTransaction(services.suite, record);
}

/** Never an error for a revert: the status says it, as 2.x clients expect. */
async function call(scope: GroupScope, request: CallRequest): Promise<unknown> {
  if (request.from === null) throw new RpcError(RPC_CODES.callFromMissing, "call needs a from address");
  const outcome = unwrap(await scope.query.call(request, "latest", callLimits(scope)));
  const refusal = outcome.status === 0 ? systemRefusal(request.to, outcome.output) : null;
  return {
    currentBlockNumber: quantity(outcome.blockNumber),
    output: data(outcome.output),
    status: quantity(outcome.status),
    ...(refusal === null ? {} : { systemRefusal: refusal }),
  };
}
