import { createSenders } from "@fb/testkit";
import { EMPTY, encodeGroupTransaction, type GroupTransactionFields, groupSigningHash, toHex } from "@fb/types";
import { ATTACKER_ADDRESSES, type Attack, type AttackContext } from "../attack.ts";
import { keepAlive, post, rpcBody } from "../client/http.ts";
import { repeatAtOnce } from "./pacing.ts";

const TRANSACTIONS = 200;
const AGENT = keepAlive(2);

/** The same transactions through all nodes again and again: each is in one block, once. */
export const replay: Attack = {
  name: "replay",
  who: "client",
  does: "200 transactions through all nodes, again and again, and looks whether each was executed once",
  async prepare(context) {
    const first = Number(await ask<string>(context, "eth_blockNumber", []));
    const bodies = inBatches(await transactions(context, first), 20).map((raws) =>
      rpcBody(raws.map((raw) => ["eth_sendRawTransaction", [`0x${toHex(raw)}`]] as const)),
    );
    const hashes = new Map<string, number>();
    return async (signal) => {
      await repeatAtOnce(signal, context.targets.length, async (lane) => {
        for (const body of bodies) {
          const url = `${context.targets[lane]!.rpcUrl}/group/${context.group.id}`;
          await post(url, body, { agent: AGENT, from: ATTACKER_ADDRESSES[lane]!, signal });
          context.count("transactions sent", TRANSACTIONS / bodies.length);
        }
      });
      const head = Number(await ask<string>(context, "eth_blockNumber", []));
      for (let height = first + 1; height <= head; height++) {
        const block = await ask<{ transactions: { hash: string; input: string }[] }>(context, "eth_getBlockByNumber", [
          `0x${height.toString(16)}`,
          true,
        ]);
        for (const { hash, input } of block.transactions)
          if (input.startsWith(MARK)) hashes.set(hash, (hashes.get(hash) ?? 0) + 1);
      }
      const more = [...hashes.values()].filter((times) => times !== 1).length;
      context.find(more === 0, `${more} transactions were executed more than once`);
      context.find(hashes.size === TRANSACTIONS, `${hashes.size} of ${TRANSACTIONS} were executed`);
    };
  },
};

const MARK = "0x7265706c6179";

/** Transactions of the kind whose nonces are in no order, so that only the memory of the chain tells them from repeated ones. */
async function transactions({ suite, group, chainId, seed }: AttackContext, head: number): Promise<Uint8Array[]> {
  const sender = createSenders(suite, 1, `replay ${seed} ${performance.timeOrigin}`)[0]!;
  return Array.from({ length: TRANSACTIONS }, (_, i) => {
    const fields: GroupTransactionFields = {
      nonce: BigInt(i + 1) * 1_000_003n,
      gasPrice: 0n,
      gas: 100_000n,
      blockLimit: BigInt(head + 500),
      to: new Uint8Array(20).fill(0x51),
      value: 0n,
      data: Buffer.from(MARK.slice(2), "hex"),
      chainId: BigInt(chainId),
      groupId: BigInt(group.id),
      extraData: EMPTY,
    };
    return encodeGroupTransaction(fields, suite.sign(groupSigningHash(suite, fields), sender.privateKey));
  });
}

function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

async function ask<T>({ targets, group }: AttackContext, method: string, params: readonly unknown[]): Promise<T> {
  const url = `${targets[1]!.rpcUrl}/group/${group.id}`;
  return JSON.parse((await post(url, rpcBody([[method, params]]), { from: ATTACKER_ADDRESSES[9]! })).body).result as T;
}
