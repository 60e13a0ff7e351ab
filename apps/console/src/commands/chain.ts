import type { FiscoBlock, FiscoTransaction } from "@fb/sdk";
import { formatUnits } from "ethers";
import type { CommandSpec } from "../command.ts";
import { consoleError } from "../errors.ts";
import { shown } from "../files.ts";
import type { Session } from "../session.ts";
import { cellText, fields, refusalText, rows, short, type View, value } from "../view.ts";

const MAX_BLOCKS = 100;
const FULL = [["--full", "whole transactions instead of hashes"]] as const;

export const chainCommands: readonly CommandSpec[] = [
  {
    name: "blocks",
    section: "Chain",
    args: "[count]",
    summary: `the newest blocks, 10 unless said otherwise, ${MAX_BLOCKS} at most`,
    run: (session, [count = "10"]) => recentBlocks(session, number(count, 1, MAX_BLOCKS, "count")),
  },
  {
    name: "getBlockByNumber",
    alias: "block",
    section: "Chain",
    args: "<number>",
    summary: "a block by height, or `latest`",
    options: FULL,
    async run(session, [text], options) {
      const client = session.client();
      const height =
        text === "latest" ? await client.getBlockNumber() : number(text!, 0, Number.MAX_SAFE_INTEGER, "number");
      return blockView(await client.getBlock(height, options["full"] === true));
    },
  },
  {
    name: "getBlockByHash",
    section: "Chain",
    args: "<hash>",
    summary: "a block by hash",
    options: FULL,
    run: async (session, [hash], options) =>
      blockView(await session.client().getBlock(hex(hash!, 64, "hash"), options["full"] === true)),
  },
  {
    name: "getTransactionByHash",
    alias: "transaction",
    section: "Chain",
    args: "<hash>",
    summary: "a transaction, committed or waiting",
    async run(session, [hash]) {
      const found = await session.client().getTransaction(hex(hash!, 64, "hash"));
      if (found === null) throw consoleError("CONSOLE_INPUT", `this node knows no transaction ${hash}`);
      return transactionView(found);
    },
  },
  {
    name: "getTransactionReceipt",
    alias: "receipt",
    section: "Chain",
    args: "<hash>",
    summary: "what a committed transaction did",
    async run(session, [hash]) {
      const found = await session.client().getTransactionReceipt(hex(hash!, 64, "hash"));
      if (found === null) throw consoleError("CONSOLE_INPUT", `no receipt: transaction ${hash} is not committed here`);
      return fields(found, [
        ["transaction", found.transactionHash],
        ["block", Number(found.blockNumber)],
        ["index", Number(found.transactionIndex)],
        ["status", `${Number(found.status)} ${found.statusMsg}`],
        ...(found.systemRefusal === undefined ? [] : [["refused", refusalText(found.systemRefusal)] as const]),
        ["from", found.from],
        ["to", found.to],
        ["contract", /^0x0+$/.test(found.contractAddress) ? null : found.contractAddress],
        ["gas used", Number(found.gasUsed)],
        ["output", found.output],
        ["logs", found.logs.length === 0 ? "none" : found.logs],
      ]);
    },
  },
  {
    name: "getBalance",
    section: "Chain",
    args: "<address>",
    summary: "balance of an account",
    async run(session, [address]) {
      const balance = BigInt(await session.request("eth_getBalance", [hex(address!, 40, "address"), "latest"]));
      return value(balance, `${balance} (${formatUnits(balance, 18)})`);
    },
  },
  {
    name: "getCode",
    section: "Chain",
    args: "<address>",
    summary: "code of a contract, 0x when there is none",
    run: async (session, [address]) => value(await session.client().getCode(hex(address!, 40, "address"))),
  },
];

async function recentBlocks(session: Session, count: number): Promise<View> {
  const client = session.client();
  const head = await client.getBlockNumber();
  const heights = Array.from({ length: Math.min(count, head + 1) }, (_, i) => head - i);
  const blocks = await Promise.all(heights.map((height) => client.getBlock(height)));
  const cells = blocks.map((block) => [
    Number(block.number),
    time(block.timestamp),
    block.transactions.length,
    Number(block.gasUsed),
    Number(block.sealer),
    block.hash,
  ]);
  return rows(blocks, ["block", "time", "txs", "gas used", "sealer", "hash"], cells, "no blocks");
}

function blockView(block: FiscoBlock): View {
  const whole = block.transactions.filter((one): one is FiscoTransaction => typeof one !== "string");
  const head = fields(block, [
    ["number", Number(block.number)],
    ["hash", block.hash],
    ["parent", block.parentHash],
    ["time", time(block.timestamp)],
    ["sealer", `${Number(block.sealer)} ${short(block.sealerList[Number(block.sealer)] ?? "", 24)}`],
    ["gas used", `${Number(block.gasUsed)} of ${Number(block.gasLimit)}`],
    ["state root", block.stateRoot],
    ["tables root", block.dbHash],
    ["transactions root", block.transactionsRoot],
    ["receipts root", block.receiptsRoot],
    ["signed by", `${block.signatureList.length} of ${block.sealerList.length} sealers`],
    ["transactions", block.transactions.length],
  ]);
  const body = block.transactions.map((one) => (typeof one === "string" ? one : one.hash));
  const table = whole.length === 0 ? body.join("\n") : whole.map((one) => transactionView(one).text).join("\n");
  return { json: block, text: table === "" ? head.text : `${head.text}\n${table}` };
}

function transactionView(transaction: FiscoTransaction): View {
  const { groupId, blockLimit } = transaction;
  return fields(transaction, [
    ["hash", transaction.hash],
    ["kind", groupId === null ? `ethereum, type ${Number(transaction.type)}` : `group ${Number(groupId)}`],
    ["block", transaction.blockNumber === null ? "waiting" : Number(transaction.blockNumber)],
    ["index", transaction.transactionIndex === null ? null : Number(transaction.transactionIndex)],
    ["from", transaction.from],
    ["to", transaction.to ?? "creates a contract"],
    ["value", BigInt(transaction.value)],
    ["nonce", BigInt(transaction.nonce)],
    ["gas", BigInt(transaction.gas)],
    ...(blockLimit === null ? [] : [["block limit", Number(blockLimit)] as const]),
    ["input", cellText(transaction.input)],
  ]);
}

function time(hexMs: string): string {
  return new Date(Number(hexMs)).toISOString();
}

function number(text: string, min: number, max: number, name: string): number {
  const parsed = /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(parsed) && parsed >= min && parsed <= max) return parsed;
  throw consoleError("CONSOLE_USAGE", `${name} must be a number from ${min} to ${max}, not ${shown(text)}`);
}

function hex(text: string, digits: number, name: string): string {
  if (new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(text)) return text;
  throw consoleError("CONSOLE_USAGE", `${name} must be 0x and ${digits} hex digits, not ${shown(text)}`);
}
