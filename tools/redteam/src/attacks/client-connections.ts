import { once } from "node:events";
import { ATTACKER_ADDRESSES, type Attack, type AttackContext } from "../attack.ts";
import { keepAlive, post, rpcBody } from "../client/http.ts";
import { rawSocket } from "../client/socket.ts";
import { pause, repeat, repeatAtOnce } from "./pacing.ts";

const FROM = ATTACKER_ADDRESSES[0]!;
const HONEST = "127.0.0.1";
/** Bodies as long as they may be, and then such as fit into what is left. */
const ANNOUNCED = [5_242_880, 5_242_880, 5_242_880, 500_000, 50_000, 5_000, 500, 60];
const urlOf = ({ targets }: AttackContext) => `${targets[0]!.rpcUrl}/group/1`;

/** Opens a connection and holds it until one of the two ends it. */
async function hold(
  context: AttackContext,
  from: string,
  signal: AbortSignal,
  first: string,
  everyMs: number,
  more: string,
) {
  const socket = await rawSocket(urlOf(context), from);
  context.count("connections");
  const ended = once(socket, "close", { signal }).catch(() => {});
  socket.resume();
  if (first !== "") socket.write(first);
  const trickle = setInterval(() => socket.write(more), everyMs);
  await ended;
  clearInterval(trickle);
  socket.destroy();
}

/** Whether an honest client is served meanwhile: asks every second, and looks at what part is answered. */
async function serves(context: AttackContext, signal: AbortSignal, what: string, body: string): Promise<void> {
  let [asked, answered] = [0, 0];
  // The attack takes a moment to unfold.
  await pause(3_000, signal);
  await repeat(
    signal,
    async () => {
      asked++;
      const answer = await post(urlOf(context), body, { from: HONEST, timeoutMs: 2_000 }).catch(() => null);
      if (answer?.status === 200 && JSON.parse(answer.body).result !== undefined) answered++;
    },
    500,
  );
  context.find(answered >= 0.9 * asked, `${what}: an honest client is served ${answered} of ${asked} times`);
}

export const connectionAttacks: readonly Attack[] = [
  {
    name: "idle-connections",
    who: "client",
    does: "3,200 idle connections of 16 addresses to a node that may open 2,048 files",
    openFiles: 2_048,
    prepare: async (context) => (signal) =>
      repeatAtOnce(signal, 3_200, (lane) => hold(context, ATTACKER_ADDRESSES[lane % 16]!, signal, "", 1e6, "")),
  },
  {
    name: "slow-bodies",
    who: "client",
    does: "200 requests that announce up to 5 MiB and send a byte a second",
    prepare: async (context) => async (signal) => {
      const { host, pathname } = new URL(urlOf(context));
      const head = (bytes: number) =>
        `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n[`;
      const honest = serves(context, signal, "slow bodies", rpcBody([["eth_blockNumber", []]]));
      await repeatAtOnce(signal, 200, (lane) =>
        hold(context, FROM, signal, head(ANNOUNCED[lane % ANNOUNCED.length]!), 1_000, " "),
      );
      await honest;
    },
  },
  {
    name: "filter-hog",
    who: "client",
    does: "makes filters without end, so that others should find no room",
    prepare: async (context) => async (signal) => {
      const calls = Array.from({ length: 100 }, () => ["eth_newBlockFilter", []] as const);
      const [body, agent] = [rpcBody(calls), keepAlive(4)];
      const honest = serves(context, signal, "filters", rpcBody([["eth_newBlockFilter", []]]));
      await repeatAtOnce(signal, 4, async () => {
        context.count("filters asked for", calls.length);
        const { body: text } = await post(urlOf(context), body, { agent, from: FROM, signal });
        context.count("filters made", text.split('"result"').length - 1);
        await pause(100, signal);
      });
      await honest;
    },
  },
];
