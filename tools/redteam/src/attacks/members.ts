import { randomBytes, randomInt } from "node:crypto";
import { createSenders, sign } from "@fb/testkit";
import { fromHex, type ModuleName, toHex } from "@fb/types";
import type { Attack, AttackContext } from "../attack.ts";
import { post, rpcBody } from "../client/http.ts";
import { flood, intrude } from "../peer/flood.ts";
import { bytesField, concatFields, decodeBombs, syncMessage, txsMessage } from "../peer/hand-made.ts";

const MIB = 2 ** 20;
/** What the protocol allows in one message (sync SPEC 1). */
const MOST_TXS = 16_384;
const MOST_HASHES = 4_096;
const TO = fromHex(`0x${"51".repeat(20)}`)!;

type Message = readonly [ModuleName, Uint8Array];

/** An attack of an observer that sends these messages to all nodes as fast as they take them. */
function observerFlood(name: string, does: string, make: (context: AttackContext) => Promise<() => Message>): Attack {
  return {
    name,
    who: "observer",
    does,
    async prepare(context) {
      const next = await make(context);
      const intruder = await intrude(context, "observer");
      return (signal) => flood(context, intruder, signal, next);
    },
  };
}

/** In turn, for ever. */
function inTurn<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => items[next++ % items.length]!;
}

export const memberAttacks: readonly Attack[] = [
  observerFlood(
    "tx-old-nonces",
    "validly signed transactions whose nonces are used up, again and again",
    async (context) => {
      const { suite, group, targets } = context;
      const sender = createSenders(suite, 1, `old nonces ${context.seed} ${performance.timeOrigin}`)[0]!;
      const transaction = (data: number) =>
        sign(suite, BigInt(group.chainId), sender, { to: TO, data: Uint8Array.of(data >> 8, data & 255) }, 30_000);
      const first = rpcBody([["eth_sendRawTransaction", [`0x${toHex(transaction(0))}`]]]);
      await post(`${targets[0]!.rpcUrl}/group/${group.id}`, first);
      const raws = Array.from({ length: MOST_TXS }, (_, i) => {
        sender.nonce = 0;
        return transaction(i + 1);
      });
      const message = txsMessage.batch(raws);
      return () => ["txs", message];
    },
  ),
  observerFlood(
    "tx-random-signatures",
    "transactions with random signatures, each of which recovers to some stranger",
    async ({ suite, group, rng }) => {
      const sender = createSenders(suite, 1, "random signatures")[0]!;
      // The last 64 bytes but the two length bytes of r and s; a random r is on the curve every second time.
      const model = () => {
        for (;;) {
          sender.nonce = 0;
          const raw = sign(suite, BigInt(group.chainId), sender, { to: TO, data: randomBytes(2) }, 30_000);
          if (raw[raw.length - 66] === 0xa0 && raw[raw.length - 33] === 0xa0) return raw;
        }
      };
      const raw = model();
      const messages = Array.from({ length: 8 }, () =>
        txsMessage.batch(
          Array.from({ length: MOST_TXS }, () => {
            const forged = raw.slice();
            const [r, s] = [forged.length - 65, forged.length - 32];
            forged.set(rng(32), r);
            forged.set(rng(32), s);
            // Above half of the order, and above the order, a signature is refused before anything is computed.
            forged[r]! &= 0x7f;
            forged[s]! &= 0x3f;
            forged[s]! |= 1;
            forged[r]! |= 1;
            return forged;
          }),
        ),
      );
      const next = inTurn(messages);
      return () => ["txs", next()];
    },
  ),
  observerFlood("tx-empty-entries", "messages of 16 MiB made of empty elements, of every kind", async () =>
    inTurn(decodeBombs(16 * MIB)),
  ),
  observerFlood("unsolicited-blocks", "answers of 16 MiB with blocks that nobody asked for", async () => {
    const item = bytesField(1, concatFields(bytesField(1, randomBytes(4_000)), bytesField(2, randomBytes(300))));
    const items = new Uint8Array(Buffer.concat(Array.from({ length: 1_000 }, () => item)));
    const big = bytesField(1, bytesField(1, new Uint8Array(15 * MIB)));
    return () => ["sync", syncMessage.blockResponse(randomInt(2 ** 48 - 1), randomInt(4) === 0 ? big : items)];
  }),
  observerFlood("announcements", "announcements of transactions that do not exist", async () => () => [
    "txs",
    txsMessage.announce(randomBytes(32 * MOST_HASHES)),
  ]),
  observerFlood("status-flood", "statuses with a false height, each of which is well-formed", async ({ group }) => {
    const head = { genesisHash: fromHex(group.genesisHash)!, headHash: new Uint8Array(32) };
    const next = inTurn(
      Array.from({ length: 1_000 }, (_, i) => syncMessage.status({ ...head, height: 1_000_000_000 + i })),
    );
    return () => ["sync", next()];
  }),
  observerFlood("malformed-flood", "the smallest messages there are, none of which means anything", async () => {
    const message = Uint8Array.of(0x0a, 0);
    return () => ["sync", message];
  }),
];
