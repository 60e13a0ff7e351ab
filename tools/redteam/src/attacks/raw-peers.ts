import { connectRaw, type RawPeer, YAMUX_FLAG, YAMUX_FRAME, yamuxFrame } from "@fb/p2p-whitelist/testing";
import { concatBytes } from "@fb/types";
import type { Attack, AttackContext, Target } from "../attack.ts";
import { identityOf } from "../peer/identity.ts";
import { dataFrame, negotiation, openFrame, pingFrame, resetFrame, synFrame } from "../peer/raw-streams.ts";
import { pause, repeat } from "./pacing.ts";

/** One frame of the control stream so often keeps a connection alive (p2p-whitelist SPEC 4.3). */
const BEAT_MS = 3_000;

/** Connects as the non-member, and again whenever it is cut off; `act` runs on each connection until it ends. */
async function onConnections(
  context: AttackContext,
  target: Target,
  signal: AbortSignal,
  act: (peer: RawPeer) => Promise<void>,
): Promise<void> {
  const identity = identityOf(context.identities["non-member"]);
  await repeat(signal, async () => {
    const peer = await connectRaw({ ...identity, host: "127.0.0.1", port: target.p2pPort });
    context.count("connections");
    try {
      await Promise.race([act(peer), peer.closed]);
      if (!peer.isOpen) context.count("cut off");
    } finally {
      await peer.close();
    }
    await pause(250, signal);
  });
}

/** Sends as fast as the peer takes it, or at most so many bytes a second. */
async function pour(
  context: AttackContext,
  peer: RawPeer,
  signal: AbortSignal,
  next: () => Uint8Array,
  bytesPerSecond = Number.POSITIVE_INFINITY,
): Promise<void> {
  const startedAt = performance.now();
  let sent = 0;
  while (!signal.aborted && peer.isOpen) {
    const bytes = next();
    sent += bytes.length;
    context.count("bytes", bytes.length);
    if (!peer.send(bytes)) await Promise.race([peer.drained(), peer.closed, pause(60_000, signal)]);
    const ahead = (sent / bytesPerSecond) * 1_000 - (performance.now() - startedAt);
    await (ahead > 1 ? pause(ahead, signal) : new Promise(setImmediate));
  }
}

/** Words of the control stream from time to time, so that silence ends nothing. */
function keepAlive(context: AttackContext, peer: RawPeer, signal: AbortSignal): void {
  peer.send(synFrame(1));
  peer.send(dataFrame(1, concatBytes(negotiation(context.chainId), openFrame(0, 0))));
  const beat = setInterval(() => peer.send(dataFrame(1, Uint8Array.of(1, 0, 0, 0, 1))), BEAT_MS);
  const end = () => clearInterval(beat);
  void peer.closed.then(end);
  signal.addEventListener("abort", end);
}

const toAll = (context: AttackContext, act: (target: Target) => Promise<void>) => Promise.all(context.targets.map(act));

export const rawAttacks: readonly Attack[] = [
  {
    name: "yamux-ping-unread",
    who: "non-member",
    does: "pings of the stream layer without end, whose answers it never reads",
    prepare: async (context) => async (signal) => {
      const pings = concatBytes(...Array.from({ length: 5_000 }, (_, i) => pingFrame(i)));
      await toAll(context, (target) =>
        onConnections(context, target, signal, async (peer) => {
          keepAlive(context, peer, signal);
          peer.pause();
          await pour(context, peer, signal, () => pings);
        }),
      );
    },
  },
  {
    name: "yamux-huge-frame",
    who: "non-member",
    does: "one frame of data announced as 4 GiB, and its bytes",
    prepare: async (context) => async (signal) => {
      const head = yamuxFrame(YAMUX_FRAME.data, YAMUX_FLAG.syn, 3, 0xffff_ffff);
      const bytes = new Uint8Array(256 * 1024);
      await toAll(context, (target) =>
        onConnections(context, target, signal, async (peer) => {
          keepAlive(context, peer, signal);
          peer.send(head);
          await pour(context, peer, signal, () => bytes);
        }),
      );
    },
  },
  {
    name: "stream-churn",
    who: "non-member",
    does: "opens streams and resets them, half a megabyte a second to each node",
    prepare: async (context) => async (signal) => {
      const words = negotiation(context.chainId);
      await toAll(context, (target) =>
        onConnections(context, target, signal, async (peer) => {
          peer.onData(() => {});
          keepAlive(context, peer, signal);
          let stream = 1;
          const some = () =>
            concatBytes(
              ...Array.from({ length: 20 }, (_, i) => {
                stream += 2;
                const begun = i % 2 === 0 ? [synFrame(stream)] : [synFrame(stream), dataFrame(stream, words)];
                return concatBytes(...begun, resetFrame(stream));
              }),
            );
          await pour(context, peer, signal, some, 500_000);
        }),
      );
    },
  },
];
