import type { SoloGroup } from "@fb/ledger/testing";
import { hexlify, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { methodTable } from "../src/methods/table.ts";
import { isObject } from "../src/schema/params.ts";
import { ACCOUNT, type Answer, COUNTER, KEY, postJson, rpc, startNode } from "./fixture.ts";
import { hasOpenrpc, readExchanges, readOpenrpc } from "./openrpc.ts";

const OTHER = `0x${"ee".repeat(20)}`;
/** Neither a number, as it has leading zeros, nor of a form that only addresses have. */
const ADDRESS = `0x${"ab".padStart(40, "0")}`;
const HASH = `0x${"12".repeat(32)}`;
/** What SPEC 4.3 adds to objects that the document closes. */
const ADDED = ["revertReason"];
/** Values of every type, so that each parameter is given what it takes and what it does not. */
const VALUES: readonly unknown[] = [
  ...[
    "0x",
    "0x0",
    "0x1",
    "0x01",
    "0x10",
    "0xzz",
    "1",
    "",
    "latest",
    "earliest",
    "pending",
    "safe",
    "finalized",
    "newest",
  ],
  ...[ADDRESS, ADDRESS.slice(0, -1), HASH, `0x${"0".repeat(65)}`, `0x${"1".repeat(64)}`, 1, -1, 1.5, true, false],
  ...[[], {}, [ADDRESS], [HASH], [[HASH], null], { address: ADDRESS }, { adress: ADDRESS }, { topics: [] }],
  ...[{ topics: [null, HASH, [HASH]] }, { address: [], fromBlock: null }, { blockHash: HASH }, { fromBlock: "0x0" }],
  ...[
    { to: ADDRESS },
    { from: ADDRESS, gas: "0x5208" },
    { gas: 21000 },
    { too: ADDRESS },
    { input: "0x00" },
    [1, 50.5],
    [101],
  ],
];

describe.skipIf(!hasOpenrpc)("methods as the Ethereum API description has them", () => {
  let url: string;
  let group: SoloGroup;
  let close: () => Promise<void>;
  const table = methodTable(false);
  const methods = hasOpenrpc ? readOpenrpc().filter(({ name }) => table.has(name)) : [];
  const exchanges = hasOpenrpc ? readExchanges(new Set(methods.map(({ name }) => name))) : [];
  const byName = (name: string) => methods.find((method) => method.name === name)!;

  /** As many blocks as the recorded requests ask for, some with transactions of each type. */
  beforeAll(async () => {
    const node = await startNode({ submitWaitMs: 0 }, { autoMine: false, stateType: "mpt" });
    ({ group } = node);
    url = `${node.url}/group/1`;
    close = () => node.close();
    const wallet = new Wallet(KEY);
    const send = async (nonce: number, fields: object) => {
      const raw = await wallet.signTransaction({
        chainId: 65537,
        nonce,
        gasLimit: 500_000,
        to: OTHER,
        value: 1,
        ...fields,
      });
      return String((await rpc(url, "eth_sendRawTransaction", [raw])).result);
    };
    const accessList = [{ address: OTHER, storageKeys: [HASH] }];
    await send(0, { type: 0, gasPrice: 7 });
    await send(1, { type: 1, gasPrice: 7, accessList });
    await send(2, { type: 2, maxFeePerGas: 9, maxPriorityFeePerGas: 2, accessList });
    const data = `${COUNTER.bytecode}${"00".repeat(32)}`;
    const created = await send(3, { type: 2, to: null, value: 0, data });
    await group.mine();
    const { contractAddress: to } = (await rpc(url, "eth_getTransactionReceipt", [created])).result as unknown as {
      contractAddress: string;
    };
    for (const [nonce, value] of [9n, 13n].entries()) {
      await send(4 + nonce, { to, value: 0, data: `0x60fe47b1${value.toString(16).padStart(64, "0")}` });
    }
    while ((await group.read.height()) < 55) await group.mine();
  });
  afterAll(() => close());

  /** Parameters that cannot be read; a range may be wrong on this chain only. */
  const invalid = ({ error }: Answer) =>
    error?.code === -32602 && (error.data as { code?: string } | undefined)?.code !== "INVALID_RANGE";

  const expectShape = (method: string, result: unknown) => {
    // The description lets an empty list be both logs and hashes, and therefore neither.
    if (Array.isArray(result) && result.length === 0) return;
    const { validResult } = byName(method);
    expect(validResult(closed(result)), `${method} ${JSON.stringify([result, validResult.errors])}`).toBe(true);
  };

  it("knows what is compared", () => {
    expect(methods.length).toBeGreaterThan(30);
    expect(exchanges.length).toBeGreaterThan(90);
  });

  it.each(methods.map((method) => [method.name, method] as const))(
    "%s reads its parameters alike (SPEC 1.6)",
    async (name, method) => {
      for (const example of method.examples ?? []) {
        const params = example.params.map(({ value }) => value);
        // The document's own examples are not all valid against it.
        if (params.some((value, i) => !method.validParams[i]!(value))) continue;
        expect(invalid(await rpc(url, name, params)), JSON.stringify(params)).toBe(false);
      }
      const usual = method.params.map((_, i) =>
        VALUES.find((value) => method.validParams[i]!(value) && value !== "0x0"),
      );
      for (const i of method.params.keys()) {
        for (const value of VALUES) {
          const answer = await rpc(url, name, usual.with(i, value));
          const parameter = method.params[i]!.name;
          const expected =
            (method.validParams[i]!(value) || readsMore(name, parameter, value)) && !readsLess(parameter, value);
          expect(!invalid(answer), `${name} ${i} ${JSON.stringify(value)}: ${answer.error?.message}`).toBe(expected);
        }
      }
      const tooMany = await rpc(url, name, [...usual, "0x0"]);
      if (!["eth_call", "eth_estimateGas"].includes(name)) expect(invalid(tooMany)).toBe(true);
    },
  );

  it.each(exchanges.map((exchange) => [exchange.name, exchange] as const))(
    "%s is answered alike",
    async (_, exchange) => {
      const { request, answer } = exchange;
      const own = await postJson(url, JSON.stringify(request));
      if (own.error === undefined) expectShape(request.method, own.result);
      else expect(own.error).toMatchObject({ code: expect.any(Number), message: expect.any(String) });
      // Parameters are judged alike; whatever else differs is in the chain.
      if (!NOT_HERE.some((field) => JSON.stringify(request).includes(field))) {
        expect(own.error?.code === -32602, own.error?.message).toBe(answer.error?.code === -32602);
      }
    },
  );

  it("answers about its own chain in the described shapes", async () => {
    const filter = (await rpc(url, "eth_newFilter", [{ fromBlock: "0x0" }])).result;
    const blocks = (await rpc(url, "eth_newBlockFilter")).result;
    await group.mine();
    const asked: [string, unknown[]][] = [
      ["eth_getFilterChanges", [blocks]],
      ["eth_getFilterLogs", [filter]],
    ];
    asked.push(["eth_getLogs", [{ fromBlock: "0x0" }]], ["eth_feeHistory", ["0x5", "latest", [50]]]);
    for (const height of [0, 2, 3]) {
      const record = (await group.read.block(height))!;
      const hash = hexlify(record.hash);
      for (const full of [true, false]) {
        asked.push(["eth_getBlockByHash", [hash, full]]);
        asked.push(["eth_getBlockByNumber", [`0x${height}`, full]]);
      }
      asked.push(["eth_getBlockReceipts", [hash]], ["eth_getBalance", [ACCOUNT, hash]]);
      asked.push(["eth_getCode", [ACCOUNT, { blockHash: hash }]], ["eth_getStorageAt", [ACCOUNT, "0x0", hash]]);
      asked.push(["eth_getProof", [ACCOUNT, ["0x0"], hash]]);
      for (let i = 0; i < record.transactionCount; i++) {
        const id = hexlify(record.txHashes.subarray(32 * i, 32 * i + 32));
        asked.push(["eth_getTransactionByHash", [id]], ["eth_getTransactionReceipt", [id]]);
        asked.push(["eth_getTransactionByBlockHashAndIndex", [hash, `0x${i}`]]);
      }
    }
    for (const [method, params] of asked) {
      const { result, error } = await rpc(url, method, params);
      expect(error, method).toBeUndefined();
      expectShape(method, result);
    }
  });
});

/** Of kinds of transactions that are not offered. */
const NOT_HERE = ["blobVersionedHashes", "authorizationList"];

/** More is read than described: a block also by EIP-1898, and by its hash where a number is expected; null fields; numbers as such. */
function readsMore(method: string, parameter: string, value: unknown): boolean {
  if (parameter === "Filter") return JSON.stringify(value) === JSON.stringify({ address: [], fromBlock: null });
  if (parameter === "blockCount") return value === 1;
  // Fields of a call that clients add for themselves are left alone.
  if (method === "eth_call" || method === "eth_estimateGas") {
    if (parameter === "Transaction") return isObject(value) && !("gas" in value);
  }
  if (parameter !== "Block" && parameter !== "newestBlock") return false;
  return (
    value === HASH || value === `0x${"1".repeat(64)}` || JSON.stringify(value) === JSON.stringify({ blockHash: HASH })
  );
}

/** Less is read than described: whole bytes, known fields of a filter, counts and percentages that can be. */
function readsLess(parameter: string, value: unknown): boolean {
  if (parameter === "Transaction") return typeof value === "string" && value.length % 2 === 1;
  if (parameter === "Filter") return typeof value === "object" && value !== null && !isFilter(value);
  if (parameter === "blockCount" || parameter === "Transaction index") return String(value).length > 18;
  return parameter === "rewardPercentiles" && JSON.stringify(value) === "[101]";
}

function isFilter(value: object): boolean {
  return Object.keys(value).every((key) => ["address", "topics", "fromBlock", "toBlock", "blockHash"].includes(key));
}

/** An answer without the fields we add to objects that the description closes. */
function closed(result: unknown): unknown {
  return JSON.parse(JSON.stringify(result, (key, value) => (ADDED.includes(key) ? undefined : value)));
}
