import { rpcCall, until } from "@fb/local-chain";
import { Interface, Wallet } from "ethers";

/** Wallets with keys derived from a number, so that a failure can be repeated. */
export function testWallets(count: number, seed: number): Wallet[] {
  return Array.from(
    { length: count },
    (_, i) => new Wallet(`0x${(BigInt(seed) * 1_000_000n + BigInt(i) + 1n).toString(16).padStart(64, "0")}`),
  );
}

const ERC20 = new Interface(["function transfer(address to, uint256 amount) returns (bool)"]);

/** `count` signed ERC-20 transfers of one token each, senders in turn, nonces from `firstNonce` on. */
export async function signTransfers(
  wallets: readonly Wallet[],
  of: { token: string; chainId: bigint; count: number; firstNonce?: number },
): Promise<{ raws: string[]; received: Map<string, bigint> }> {
  const received = new Map<string, bigint>();
  const raws: string[] = [];
  for (let i = 0; i < of.count; i++) {
    const from = wallets[i % wallets.length]!;
    const to = wallets[(i * 7 + 3) % wallets.length]!.address;
    received.set(from.address, (received.get(from.address) ?? 0n) - 1n);
    received.set(to, (received.get(to) ?? 0n) + 1n);
    raws.push(
      await from.signTransaction({
        type: 2,
        chainId: of.chainId,
        nonce: (of.firstNonce ?? 0) + Math.floor(i / wallets.length),
        to: of.token,
        data: ERC20.encodeFunctionData("transfer", [to, 1n]),
        gasLimit: 100_000n,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
      }),
    );
  }
  return { raws, received };
}

/** Sends raw transactions in JSON-RPC batches, each sender always through the same node; returns their hashes. */
export async function sendRaws(urls: readonly string[], raws: readonly string[], senders: number): Promise<string[]> {
  const hashes: string[] = new Array(raws.length);
  const lanes = urls.map((url, lane) => ({
    url,
    indexes: raws.map((_, i) => i).filter((i) => (i % senders) % urls.length === lane),
  }));
  await Promise.all(
    lanes.map(async ({ url, indexes }) => {
      for (let at = 0; at < indexes.length; at += 200) {
        const part = indexes.slice(at, at + 200);
        const body = part.map((i) => ({ jsonrpc: "2.0", id: i, method: "eth_sendRawTransaction", params: [raws[i]] }));
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
        for (const answer of (await response.json()) as {
          id: number;
          result?: string;
          error?: { message: string };
        }[]) {
          if (answer.result === undefined)
            throw new TypeError(`transaction ${answer.id} was refused: ${answer.error?.message}`);
          hashes[answer.id] = answer.result;
        }
      }
    }),
  );
  return hashes;
}

export interface ReceiptJson {
  readonly transactionHash: string;
  readonly status: string;
  readonly blockHash: string;
  readonly blockNumber: string;
}

/** Receipts of all hashes from one node; waits until the last one is there. */
export async function collectReceipts(
  url: string,
  hashes: readonly string[],
  timeoutMs = 60_000,
): Promise<Map<string, ReceiptJson>> {
  const receipts = new Map<string, ReceiptJson>();
  const complete = await until(
    async () => {
      const missing = hashes.filter((hash) => !receipts.has(hash)).slice(0, 500);
      const body = missing.map((hash, id) => ({
        jsonrpc: "2.0",
        id,
        method: "eth_getTransactionReceipt",
        params: [hash],
      }));
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      for (const { result } of (await response.json()) as { result: ReceiptJson | null }[]) {
        if (result) receipts.set(result.transactionHash, result);
      }
      return receipts.size === hashes.length;
    },
    timeoutMs,
    50,
  );
  if (!complete)
    throw new RangeError(`${hashes.length - receipts.size} of ${hashes.length} receipts are missing on ${url}`);
  return receipts;
}

/** ERC-20 balances of accounts as one node sees them. */
export async function balances(url: string, token: string, accounts: readonly string[]): Promise<bigint[]> {
  const erc20 = new Interface(["function balanceOf(address) view returns (uint256)"]);
  return Promise.all(
    accounts.map(async (account) =>
      BigInt(
        await rpcCall(url, "eth_call", [
          { to: token, data: erc20.encodeFunctionData("balanceOf", [account]) },
          "latest",
        ]),
      ),
    ),
  );
}
