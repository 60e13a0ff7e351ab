import { connect, type Socket } from "node:net";
import type { Attack } from "../attack.ts";
import { ATTACKER_ADDRESSES } from "../attack.ts";
import { createHostileMember } from "../peer/hostile-member.ts";
import { identityOf } from "../peer/identity.ts";
import { pause, repeat, repeatAtOnce } from "./pacing.ts";

/** A TCP connection; resolves when it stands, rejects when it is refused. What ends it later is no error. */
export function open(port: number, from: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, localAddress: from });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.on("error", () => {});
      resolve(socket);
    });
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once("close", () => resolve());
  });
}

export const strangerAttacks: readonly Attack[] = [
  {
    name: "half-open",
    who: "stranger",
    does: "holds hundreds of connections to each node's peer port and says nothing, while a node restarts",
    restarts: 3,
    prepare:
      async ({ targets, count }) =>
      (signal) =>
        repeatAtOnce(signal, 4 * 160, async (lane) => {
          const target = targets[lane % targets.length]!;
          const socket = await open(target.p2pPort, ATTACKER_ADDRESSES[(lane >> 2) % ATTACKER_ADDRESSES.length]!);
          count("connections");
          await Promise.race([closed(socket), pause(60_000, signal)]);
          socket.destroy();
        }),
  },
  {
    name: "garbage",
    who: "stranger",
    does: "connects as fast as it can and sends bytes that mean nothing, or half of a handshake",
    prepare:
      async ({ targets, count, rng }) =>
      (signal) =>
        repeatAtOnce(signal, 4 * 16, async (lane) => {
          const socket = await open(targets[lane % targets.length]!.p2pPort, ATTACKER_ADDRESSES[lane >> 2]!);
          count("connections");
          const start = lane % 8 < 4 ? "\x13/multistream/1.0.0\n\x0c/fb/noise/1\n" : "";
          socket.write(Buffer.concat([Buffer.from(start), rng(200)]));
          await Promise.race([closed(socket), pause(1_000, signal)]);
          socket.destroy();
        }),
  },
  {
    name: "foreign-certificate",
    who: "stranger",
    does: "completes handshakes with the certificate of another chain, again and again",
    async prepare({ identities, targets, count }) {
      // The other chain was made with the ports of this one.
      const identity = { ...identityOf(identities.stranger), listenPort: 0 };
      const peers = targets.map(({ p2pPort }) => ({ host: "127.0.0.1", port: p2pPort }));
      return (signal) =>
        repeat(signal, async () => {
          // A network that is made anew does not wait longer after each refusal.
          const member = await createHostileMember(identity, peers);
          count("handshakes", targets.length);
          await pause(60, signal);
          await member.close();
        });
    },
  },
];
