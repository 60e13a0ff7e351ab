import { ATTACKER_ADDRESSES, type Attack, type AttackContext } from "../attack.ts";
import { post, rpcBody } from "../client/http.ts";
import { rawSocket } from "../client/socket.ts";
import { pause } from "./pacing.ts";

const FROM = ATTACKER_ADDRESSES[0]!;
/** What tells of the node as a whole or works on its disk, and is for its operator alone. */
const OPERATOR_METHODS = [
  ["fb_groups", []],
  ["getPeers", [1]],
  ["getGroupList", []],
  ["fb_backup", [1, "of-a-client"]],
] as const;

/** A web page of a host whose name was made to mean this machine (DNS rebinding), and what anybody is told. */
export const whoMayAsk: Attack = {
  name: "dns-rebinding",
  who: "client",
  does: "asks with foreign Host and Origin, and for what is the operator's: a check, no flood",
  prepare: async (context) => async (signal) => {
    await checkNames(context);
    await checkOperatorsOwn(context);
    await pause(1_000, signal);
  },
};

async function checkNames(context: AttackContext): Promise<void> {
  const url = `${context.targets[0]!.rpcUrl}/group/1`;
  const { host, port } = new URL(url);
  const body = rpcBody([["eth_chainId", []]]);
  const isServed = async (headers: Record<string, string>) => {
    const { status, body: text } = await post(url, body, { from: FROM, headers });
    return status === 200 && text.includes('"result"');
  };
  const cases: [string, Record<string, string>, boolean][] = [
    ["Host: evil.example", { host: `evil.example:${port}` }, false],
    ["Host and Origin: evil.example", { host: `evil.example:${port}`, origin: `http://evil.example:${port}` }, false],
    ["Origin: http://evil.example", { host, origin: "http://evil.example" }, false],
    ["Origin: null", { host, origin: "null" }, false],
    ["Host: localhost", { host: `localhost:${port}` }, true],
    ["no Origin", { host }, true],
  ];
  for (const [what, headers, wanted] of cases) {
    const served = await isServed(headers);
    context.find(served === wanted, `${what} is ${served ? "served" : "refused"}`);
  }
  const socket = await rawSocket(url, FROM);
  socket.write(
    `GET /group/1 HTTP/1.1\r\nHost: evil.example:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  const answer = await new Promise<string>((resolve) => {
    socket.once("data", (data) => resolve(data.toString()));
    socket.once("close", () => resolve(""));
  });
  socket.destroy();
  context.find(
    !answer.startsWith("HTTP/1.1 101"),
    `a WebSocket with Host: evil.example gets "${answer.split("\r\n")[0]}"`,
  );
}

async function checkOperatorsOwn(context: AttackContext): Promise<void> {
  const { rpcUrl } = context.targets[0]!;
  for (const [method, params] of OPERATOR_METHODS) {
    const { body } = await post(`${rpcUrl}/`, rpcBody([[method, params]]), { from: FROM });
    context.find(!body.includes('"result"'), `${method} on the public listener is ${body.slice(0, 60)}`);
  }
  for (const path of ["/metrics", "/ready", "/health"]) {
    const text = await (await fetch(`${rpcUrl}${path}`)).text();
    context.find(
      !/"group|group=|peer|agency/.test(text),
      `${path} on the public listener tells "${text.slice(0, 40)}"`,
    );
  }
}
