import { readFileSync } from "node:fs";
import { devAccounts } from "@fb/build-chain";
import { rpcCall } from "@fb/local-chain";
import { fuzzRpc } from "@fb/redteam";
import { Transaction, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain({ topology: "127.0.0.1:1 agency1 1", groups: ["1:pbft:storage"] });
});
afterAll(() => chain?.close());

interface Answer {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

async function post(body: string, path = "/group/1"): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(`${chain.nodes[0]!.rpcUrl}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}

const request = (method: string, params: unknown = []) => JSON.stringify({ jsonrpc: "2.0", id: 7, method, params });

const wallet = new Wallet(devAccounts()[0]!.privateKey);
const signed = (fields: object) =>
  wallet.signTransaction({
    type: 2,
    chainId: 65_537n,
    nonce: 0,
    to: wallet.address,
    gasLimit: 21_000n,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    ...fields,
  });

async function forged(): Promise<string> {
  const transaction = Transaction.from(await signed({ nonce: 1 }));
  const bytes = Buffer.from(transaction.serialized.slice(2), "hex");
  // The last byte belongs to s: above half the order after setting its first bytes.
  const s = Buffer.from(transaction.signature!.s.slice(2), "hex");
  const at = bytes.lastIndexOf(s);
  bytes.fill(0xff, at, at + 8);
  return `0x${bytes.toString("hex")}`;
}

describe("bad input", () => {
  it("uses nonce 0 once, so that it is too low afterwards", async () => {
    const hash = await rpcCall(chain.url(0, 1), "eth_sendRawTransaction", [await signed({})]);
    for (let i = 0; i < 200; i++) {
      if ((await rpcCall(chain.url(0, 1), "eth_getTransactionReceipt", [hash])) !== null) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect.unreachable("the transaction was not committed");
  });

  it.each<[string, () => string | Promise<string>, number, RegExp]>([
    ["malformed JSON", () => "{nope", -32700, /./],
    ["no request", () => "[]", -32600, /./],
    ["a method that is no text", () => JSON.stringify({ jsonrpc: "2.0", id: 7, method: 5 }), -32600, /./],
    ["an unknown method", () => request("eth_nothing"), -32601, /eth_nothing/],
    ["a parameter of the wrong type", () => request("eth_getBalance", [5, "latest"]), -32602, /./],
    ["a missing parameter", () => request("eth_getBalance"), -32602, /./],
    ["no transaction", () => request("eth_sendRawTransaction", ["0x1234"]), -32000, /./],
    ["a bad signature", async () => request("eth_sendRawTransaction", [await forged()]), -32000, /signature/i],
    [
      "a wrong chain id",
      async () => request("eth_sendRawTransaction", [await signed({ chainId: 1n })]),
      -32000,
      /chain/i,
    ],
    [
      "a nonce that is too low",
      async () => request("eth_sendRawTransaction", [await signed({})]),
      -32000,
      /nonce|known/i,
    ],
    [
      "too little gas",
      async () => request("eth_sendRawTransaction", [await signed({ nonce: 1, gasLimit: 20_000n })]),
      -32000,
      /gas/i,
    ],
  ])("%s is answered with a JSON-RPC error", async (_name, body, code, message) => {
    const { answer } = await post(await body());
    expect(answer.jsonrpc).toBe("2.0");
    expect(answer.error?.code).toBe(code);
    expect(answer.error?.message).toMatch(message);
  });

  it("an unknown group is answered with a JSON-RPC error", async () => {
    const { answer } = await post(request("eth_blockNumber"), "/group/9");
    expect(answer.error?.message).toMatch(/group/i);
  });

  it("an oversized body is answered with a JSON-RPC error", async () => {
    const { status, answer } = await post(request("eth_call", [{ data: `0x${"00".repeat(6 << 20)}` }]));
    expect(status).toBe(413);
    expect(answer.error?.message).toBeTruthy();
  });

  it("a call that asks a precompile for seconds of work is refused", async () => {
    // BLAKE2f with 0x11000000 rounds.
    const data = "0x631100000060e01b5f525f5f60d55f60095afa";
    const { answer } = await post(request("eth_call", [{ data, gas: "0x11e1a300" }, "latest"]));
    expect(answer.error).toMatchObject({ data: { code: "LIMIT_EXCEEDED" } });
  });

  it("others are served while a call hashes a megabyte again and again", async () => {
    const call = post(request("eth_call", [{ data: "0x60ff620fffe0525b621000005f2050600756", gas: "0x11e1a300" }]));
    let isRunning = true;
    const ended = call.finally(() => {
      isRunning = false;
    });
    let served = 0;
    while (isRunning) {
      await post(request("eth_blockNumber"));
      if (isRunning) served++;
    }
    expect((await ended).answer.error).toBeDefined();
    expect(served).toBeGreaterThan(3);
  });

  it("that is almost right is answered, and is no error of the node", async () => {
    const { rpcUrl, logFile } = chain.nodes[0]!;
    const known = { groups: [1], addresses: [wallet.address], hashes: [], raws: [await signed({ nonce: 5 })] };
    const { sent, outcomes, faults } = await fuzzRpc({ url: rpcUrl, count: 2_000, seed: 1, known });
    console.log(`${sent} changed requests: ${JSON.stringify(outcomes)}`);
    expect(faults).toEqual([]);
    expect(outcomes["error"]).toBeGreaterThan(1_000);
    expect(outcomes["result"]).toBeGreaterThan(100);
    expect(readFileSync(logFile, "utf8")).not.toContain('"level":"error"');
  });

  it("leaves the node unharmed", async () => {
    expect(chain.nodes[0]!.pid()).not.toBeNull();
    expect(await chain.nodes[0]!.isReady()).toBe(true);
    const hash = await rpcCall(chain.url(0, 1), "eth_sendRawTransaction", [await signed({ nonce: 1 })]);
    expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
  });
});
