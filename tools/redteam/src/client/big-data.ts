import { until } from "@fb/local-chain";
import { createSenders, type Sender, sign } from "@fb/testkit";
import { bigToBytes, concatBytes, EMPTY, toHex } from "@fb/types";
import type { AttackContext } from "../attack.ts";
import { post, rpcBody } from "./http.ts";

const DATA_BYTES = 1_000_000;

/**
 * Fills blocks as anybody can: transactions of a megabyte of zeros each. Returns the number of the largest block.
 * @param megabytes in all, up to 4 of them in one block.
 */
export async function makeBigBlock(context: AttackContext, group: number, megabytes: number): Promise<string> {
  const { suite, targets, groups, seed } = context;
  const url = `${targets[0]!.rpcUrl}/group/${group}`;
  const chainId = BigInt(groups.find(({ id }) => id === group)!.chainId);
  const senders = createSenders(suite, megabytes, `big ${seed} ${performance.timeOrigin}`);
  const to = new Uint8Array(20).fill(0x51);
  const bodies = senders.map((sender) => {
    const raw = sign(suite, chainId, sender, { to, data: new Uint8Array(DATA_BYTES) }, 60_000_000);
    return rpcBody([["eth_sendRawTransaction", [`0x${toHex(raw)}`]]]);
  });
  const before = await ask<string>(url, "eth_blockNumber", []);
  const answers = await Promise.all(bodies.map(async (body) => JSON.parse((await post(url, body)).body)));
  const hashes = answers.map(({ result, error }) => {
    if (result === undefined) throw new RangeError(`a transaction of a megabyte was refused: ${error?.message}`);
    return result as string;
  });
  const isIn = async (hash: string) => (await ask(url, "eth_getTransactionReceipt", [hash])) !== null;
  if (!(await until(async () => (await Promise.all(hashes.map(isIn))).every(Boolean), 30_000)))
    throw new RangeError("transactions of a megabyte were not committed in 30 s");
  let [largest, most] = [before, 0];
  const head = Number(await ask<string>(url, "eth_blockNumber", []));
  for (let height = Number(before) + 1; height <= head; height++) {
    const at = `0x${height.toString(16)}`;
    const { size } = await ask<{ size: string }>(url, "eth_getBlockByNumber", [at, false]);
    if (Number(size) > most) [largest, most] = [at, Number(size)];
  }
  context.count("bytes of the largest block", most);
  return largest;
}

/** A transaction that writes a log of so many zero bytes: PUSH4 size PUSH0 LOG0 STOP as the code of a contract. */
export function bigLog(context: AttackContext, group: number, sender: Sender, bytes: number): Uint8Array {
  const size = bigToBytes(BigInt(bytes));
  const code = concatBytes(Uint8Array.of(0x63), new Uint8Array(4 - size.length), size, Uint8Array.of(0x5f, 0xa0, 0x00));
  const chainId = BigInt(context.groups.find(({ id }) => id === group)!.chainId);
  return sign(context.suite, chainId, sender, { to: EMPTY, data: code }, 100_000_000);
}

async function ask<T>(url: string, method: string, params: readonly unknown[]): Promise<T> {
  return JSON.parse((await post(url, rpcBody([[method, params]]))).body).result as T;
}
