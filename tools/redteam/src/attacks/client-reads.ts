import { createSenders } from "@fb/testkit";
import { toHex } from "@fb/types";
import { ATTACKER_ADDRESSES, type Attack, type AttackContext } from "../attack.ts";
import { bigLog, makeBigBlock } from "../client/big-data.ts";
import { keepAlive, post, rpcBody } from "../client/http.ts";
import { rawSocket, rawWebSocket } from "../client/socket.ts";
import { pause, repeat, repeatAtOnce } from "./pacing.ts";

type Call = readonly [method: string, params: readonly unknown[]];

const FROM = ATTACKER_ADDRESSES[0]!;
/** JUMPDEST PUSH1 0 JUMP: for ever. */
const ENDLESS = "0x5b600056";
const MOST_GAS = "0x11e1a300";

const urlOf = ({ targets }: AttackContext, group = 1) => `${targets[0]!.rpcUrl}/group/${group}`;

/** Posts the same body from so many connections as fast as it is answered, and counts what it gets. */
async function postFlood(context: AttackContext, signal: AbortSignal, lanes: number, body: string, group = 1) {
  const agent = keepAlive(lanes);
  await repeatAtOnce(signal, lanes, async () => {
    context.count("requests");
    const answer = await post(urlOf(context, group), body, { agent, from: FROM, signal });
    context.count(`status ${answer.status}`);
    context.count("bytes answered", answer.body.length);
  });
}

/** A request and the head of its connection as bytes, for a client that does not wait. */
function httpRequest(url: string, body: string): string {
  const { host, pathname } = new URL(url);
  return `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export const readAttacks: readonly Attack[] = [
  {
    name: "batch-of-blocks",
    who: "client",
    does: "batches of 1,000 reads of one block of 4 MB",
    async prepare(context) {
      const block = await makeBigBlock(context, 1, 4);
      const body = rpcBody(Array.from({ length: 1_000 }, (): Call => ["eth_getBlockByNumber", [block, true]]));
      return (signal) => postFlood(context, signal, 4, body);
    },
  },
  {
    name: "full-block-reads",
    who: "client",
    does: "reads of full blocks of 4 MB over 64 connections, whose answers nobody reads",
    async prepare(context) {
      const block = await makeBigBlock(context, 1, 4);
      const text = httpRequest(urlOf(context), rpcBody([["eth_getBlockByNumber", [block, true]]]));
      return (signal) =>
        repeatAtOnce(signal, 64, async () => {
          const socket = await rawSocket(urlOf(context), FROM);
          socket.pause();
          for (let i = 0; i < 4; i++) socket.write(text);
          context.count("requests", 4);
          await pause(10_000, signal);
          socket.destroy();
        });
    },
  },
  {
    name: "unread-websocket",
    who: "client",
    does: "WebSockets with 128 reads of a block of 4 MB each, whose answers nobody reads",
    async prepare(context) {
      const block = await makeBigBlock(context, 1, 4);
      return (signal) =>
        repeatAtOnce(signal, 4, async () => {
          const { socket, send } = await rawWebSocket(urlOf(context), FROM, signal);
          for (let id = 0; id < 128; id++) send(rpcBody([["eth_getBlockByNumber", [block, true]]]));
          context.count("requests", 128);
          await pause(20_000, signal);
          socket.destroy();
        });
    },
  },
  {
    name: "slow-subscribers",
    who: "client",
    does: "80 WebSockets that subscribe to logs of half a megabyte and never read",
    async prepare(context) {
      const sender = createSenders(context.suite, 1, `logs ${context.seed} ${performance.timeOrigin}`)[0]!;
      return async (signal) => {
        const subscribe = rpcBody([["eth_subscribe", ["logs", {}]]]);
        const sockets = repeatAtOnce(signal, 80, async () => {
          const { socket, send } = await rawWebSocket(urlOf(context), FROM, signal);
          context.count("subscriptions");
          send(subscribe);
          await new Promise<void>((resolve) => {
            socket.once("close", () => resolve());
            signal.addEventListener("abort", () => resolve());
          });
          socket.destroy();
        });
        const logs = repeat(
          signal,
          async () => {
            const raw = `0x${toHex(bigLog(context, 1, sender, 500_000))}`;
            context.count("logs");
            await post(urlOf(context), rpcBody([["eth_sendRawTransaction", [raw]]]), { from: FROM, signal });
          },
          200,
        );
        await Promise.all([sockets, logs]);
      };
    },
  },
  {
    name: "endless-calls",
    who: "client",
    does: "50 calls at once that never end by themselves",
    prepare: async (context) => (signal) =>
      postFlood(context, signal, 50, rpcBody([["eth_call", [{ data: ENDLESS, gas: MOST_GAS }, "latest"]]])),
  },
  {
    name: "fee-history",
    who: "client",
    does: "100 fee histories at once of 1,024 blocks with 100 percentiles each",
    async prepare(context) {
      const percentiles = Array.from({ length: 100 }, (_, i) => i);
      const body = rpcBody(
        Array.from({ length: 100 }, (): Call => ["eth_feeHistory", ["0x400", "latest", percentiles]]),
      );
      return (signal) => postFlood(context, signal, 4, body);
    },
  },
  {
    name: "client-leaves",
    who: "client",
    does: "asks for endless calls and whole blocks, and leaves before the answer",
    async prepare(context) {
      const block = await makeBigBlock(context, 1, 4);
      const texts = [
        rpcBody([["eth_call", [{ data: ENDLESS, gas: MOST_GAS }, "latest"]]]),
        rpcBody(Array.from({ length: 100 }, (): Call => ["eth_getBlockByNumber", [block, true]])),
      ].map((body) => httpRequest(urlOf(context), body));
      return (signal) =>
        repeatAtOnce(signal, 10, async (lane) => {
          const socket = await rawSocket(urlOf(context), FROM);
          socket.write(texts[lane % 2]!);
          context.count("requests");
          await pause(50, signal);
          socket.destroy();
        });
    },
  },
];
