import type {
  BlockRecord,
  CallRequest,
  FiscoBlock,
  FiscoCall,
  FiscoHeader,
  FiscoTransaction,
  FiscoTransactionCount,
  HeadRecord,
  TransactionTotals,
} from "@fb/api";
import { systemRefusal } from "@fb/types";
import type { Handover } from "../answers/handover.ts";
import type { Json } from "../answers/json-text.ts";
import { RPC_CODES, RpcError } from "../errors.ts";
import { fiscoBlock, fiscoHeader, fiscoReceipt, fiscoSignedHeader, fiscoTransaction } from "../format/fisco.ts";
import { data, quantity } from "../format/hex.ts";
import { FIRST_BLOCK_BYTES, FIRST_LOOK_UP_BYTES, readBounded } from "../reads/bounded-read.ts";
import { calling } from "../reads/call-turn.ts";
import { unwrap } from "../reads/query-result.ts";
import { callRequest } from "../schema/call.ts";
import { address, bytes, flag, hash, INVALID, index, optional, type Param, readSmall, text } from "../schema/params.ts";
import { sendRaw } from "./eth-submit.ts";
import { DIRECT, type GroupScope, groupMethod, HEAVY, LOOK_UP, type MethodPart } from "./method.ts";

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
export const fiscoMethods = {
  getBlockNumber: groupMethod([], async ({ query }) => quantity((await query.head()).header.number)),
  getBlockByNumber: groupMethod([height, withTransactions], wholeBlock, HEAVY),
  getBlockByHash: groupMethod([hash("blockHash"), withTransactions], wholeBlock, HEAVY),
  getBlockHeaderByNumber: groupMethod([height, withSignatures], header, HEAVY),
  getBlockHeaderByHash: groupMethod([hash("blockHash"), withSignatures], header, HEAVY),
  getBlockHashByNumber: groupMethod([height], async (scope, number) => data((await headAt(scope, number)).hash)),
  getTransactionByHash: groupMethod(
    [hash("transactionHash")],
    (scope, id) =>
      readBounded(
        scope,
        FIRST_LOOK_UP_BYTES,
        (maxBytes, signal) => scope.query.transaction(id, maxBytes, signal),
        (record) => (record === null ? null : fiscoTransaction(record)),
      ),
    LOOK_UP,
  ),
  getTransactionByBlockHashAndIndex: groupMethod([hash("blockHash"), index("index")], transactionAt, LOOK_UP),
  getTransactionByBlockNumberAndIndex: groupMethod([height, index("index")], transactionAt, LOOK_UP),
  getTransactionReceipt: groupMethod(
    [hash("transactionHash")],
    (scope, id) =>
      readBounded(
        scope,
        FIRST_LOOK_UP_BYTES,
        (maxBytes, signal) => scope.query.receipt(id, maxBytes, signal),
        (record) => (record === null ? null : fiscoReceipt(record)),
      ),
    LOOK_UP,
  ),
  getPendingTxSize: groupMethod([], async ({ query }) => {
    const { pool } = await query.status();
    return quantity(pool.pending + pool.queued);
  }),
  getCode: groupMethod([address("address")], async ({ query }, who) => data(unwrap(await query.code(who, "latest")))),
  getTotalTransactionCount: groupMethod([], async ({ query }) => transactionCount(await query.totals())),
  getSystemConfigByKey: groupMethod([key], async ({ query }, name) => {
    const entry = await query.systemConfig(name.toLowerCase());
    if (entry === null) throw new RpcError(RPC_CODES.configKeyNotFound, `no system config entry ${name}`);
    return entry.value;
  }),
  call: groupMethod([callRequest], call, HEAVY),
  sendRawTransaction: groupMethod([bytes("transaction")], sendRaw, DIRECT),
} satisfies MethodPart;

function transactionCount({ blockNumber, transactions, failed }: TransactionTotals): FiscoTransactionCount {
  return { blockNumber: quantity(blockNumber), txSum: quantity(transactions), failedTxSum: quantity(failed) };
}

/** @param format what the client gets of the block */
function blockAt<Result>(
  scope: GroupScope,
  ref: number | Uint8Array,
  full: boolean,
  format: (block: BlockRecord) => Result,
): Promise<Handover<Result>> {
  return readBounded(
    scope,
    FIRST_BLOCK_BYTES,
    (maxBytes, signal) => scope.query.block(ref, full, maxBytes, signal),
    (record) => {
      if (record === null) throw noBlock(ref);
      return format(record);
    },
  );
}

function wholeBlock(scope: GroupScope, ref: number | Uint8Array, full: boolean): Promise<Handover<Json<FiscoBlock>>> {
  return blockAt(scope, ref, full, fiscoBlock);
}

function header(scope: GroupScope, ref: number | Uint8Array, signatures: boolean): Promise<Handover<FiscoHeader>> {
  return blockAt(scope, ref, false, signatures ? fiscoSignedHeader : fiscoHeader);
}

/** A block without what is in it. */
async function headAt({ query }: GroupScope, ref: number | Uint8Array): Promise<HeadRecord> {
  const heads = await query.headers(ref, 1);
  if (!heads.ok && heads.code === "BLOCK_NOT_FOUND") throw noBlock(ref);
  return unwrap(heads)[0]!;
}

function noBlock(ref: number | Uint8Array): RpcError {
  if (typeof ref === "number") return new RpcError(RPC_CODES.blockNumberNotFound, `block ${ref} does not exist`);
  return new RpcError(RPC_CODES.blockHashNotFound, `no block with hash ${data(ref)}`);
}

async function transactionAt(
  scope: GroupScope,
  ref: number | Uint8Array,
  at: number,
): Promise<Handover<FiscoTransaction>> {
  const found = await readBounded(
    scope,
    FIRST_LOOK_UP_BYTES,
    (maxBytes, signal) => scope.query.transactionAt(ref, at, maxBytes, signal),
    (record) => (record === null ? null : fiscoTransaction(record)),
  );
  if (isFound(found)) return found;
  found.done(true);
  const { transactionCount } = await headAt(scope, ref);
  throw new RpcError(RPC_CODES.transactionIndexNotFound, `that block has ${transactionCount} transactions, no ${at}`);
}

function isFound<T>(found: Handover<T | null>): found is Handover<T> {
  return found.value !== null;
}

/** Never an error for a revert: the status says it, as 2.x clients expect. */
async function call(scope: GroupScope, request: CallRequest): Promise<FiscoCall> {
  if (request.from === null) throw new RpcError(RPC_CODES.callFromMissing, "call needs a from address");
  const outcome = await calling(scope, (limits, signal) => scope.query.call(request, "latest", limits, signal));
  const refusal = outcome.status === 0 ? systemRefusal(request.to, outcome.output) : null;
  return {
    currentBlockNumber: quantity(outcome.blockNumber),
    output: data(outcome.output),
    status: quantity(outcome.status),
    ...(refusal === null ? {} : { systemRefusal: refusal }),
  };
}
