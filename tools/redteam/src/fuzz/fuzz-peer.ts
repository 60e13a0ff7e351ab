import { connectRaw, type RawPeer, YAMUX_FLAG, YAMUX_FRAME, yamuxFrame } from "@fb/p2p-whitelist/testing";
import { type Choice, choices, mutatedMessage, mutatedRaw } from "@fb/runtime/testing";
import { concatBytes, MODULES, type ModuleName } from "@fb/types";
import type { Assault, AttackContext } from "../attack.ts";
import { pause, repeat } from "../attacks/pacing.ts";
import { intrude } from "../peer/flood.ts";
import { identityOf } from "../peer/identity.ts";
import { dataFrame, negotiation, openFrame } from "../peer/raw-streams.ts";

const HEARD = 500;
const MODULE_NAMES = Object.keys(MODULES) as readonly ModuleName[];
/** A node that has had enough of a member leaves it alone for a while: what is sent then reaches nobody. */
const PER_MEMBER = 0.02;
const FRAMES_EACH = 40;
const LANES = 8;

/** Changed messages of a member of group 1, and changed frames of peers that are members of nothing. */
export async function fuzzPeer(context: AttackContext): Promise<Assault> {
  const intruder = await intrude(context, "observer");
  const heard: Uint8Array[] = [];
  for (const module of MODULE_NAMES)
    intruder.channel.onMessage(module, (_peer, payload) => void (heard.length < HEARD && heard.push(payload.slice())));
  return async (signal) => {
    await pause(3_000, signal);
    const members = memberMessages(context, intruder, heard, signal);
    await frames(context, signal);
    await members;
  };
}

async function memberMessages(
  context: AttackContext,
  { channel, nodes }: Awaited<ReturnType<typeof intrude>>,
  heard: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  const choice = choices(context.seed);
  for (let sent = 0; sent < context.messages * PER_MEMBER && !signal.aborted; sent++) {
    if (heard.length === 0) break;
    const result = channel.send(
      choice.of(nodes),
      choice.of(MODULE_NAMES),
      mutatedMessage(choice.of(heard), heard, choice),
    );
    context.count(result === "queued" ? "messages of the member" : "messages to nodes that have had enough");
    await pause(5, signal);
  }
}

/** Each connection says what it says until it is cut, and then there is another. */
async function frames(context: AttackContext, signal: AbortSignal): Promise<void> {
  const identity = identityOf(context.identities["non-member"]);
  let left = context.messages;
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const lane = (index: number) => {
    const choice = choices(context.seed * 1_000 + index);
    // The same key from two lanes would end one of the connections.
    const target = context.targets[index % context.targets.length]!;
    return repeat(both, async () => {
      const peer = await connectRaw({ ...identity, host: "127.0.0.1", port: target.p2pPort });
      context.count("connections");
      try {
        peer.onData(() => {});
        await speak(peer, context, choice, both, () => left--);
      } finally {
        await peer.close();
      }
      if (left <= 0) ended.abort();
    });
  };
  await Promise.all(Array.from({ length: Math.min(LANES, context.targets.length) }, (_, index) => lane(index)));
}

async function speak(
  peer: RawPeer,
  context: AttackContext,
  choice: Choice,
  signal: AbortSignal,
  spend: () => number,
): Promise<void> {
  for (let n = 0; n < FRAMES_EACH && peer.isOpen && !signal.aborted && spend() > 0; n++) {
    const frame = changedFrame(choice, context.chainId, n);
    context.count("frames");
    if (!peer.send(frame)) await Promise.race([peer.drained(), peer.closed, pause(1_000, signal)]);
    if (choice.once(4)) await pause(1, signal);
  }
  await Promise.race([peer.closed, pause(20, signal)]);
}

/** Something between a sound opening of a stream and nonsense. */
function changedFrame(choice: Choice, chainId: number, n: number): Uint8Array {
  const stream = choice.of([0, 1, 1, 3, 5, 2 * n + 1, 2, 0xffff_ffff]);
  const flags = choice.of([0, 0, YAMUX_FLAG.syn, YAMUX_FLAG.ack, YAMUX_FLAG.fin, YAMUX_FLAG.rst, 3, 0xffff]);
  const type = choice.of([...Object.values(YAMUX_FRAME), YAMUX_FRAME.data, YAMUX_FRAME.data, 4, 255]);
  const body = choice.of([
    new Uint8Array(0),
    negotiation(chainId),
    concatBytes(negotiation(chainId), openFrame(choice.below(6), choice.of([0, 1, 2, 9, 777, 32_767]))),
    openFrame(choice.below(256), choice.below(65_536)),
    choice.bytes(choice.below(200)),
    Uint8Array.of(0, 0, 0, 4, 1, 2, 3, 4),
    Uint8Array.of(255, 255, 255, 255),
  ]);
  if (type !== YAMUX_FRAME.data)
    return yamuxFrame(type, flags, stream, choice.of([0, 1, 8, 262_144, 0x7fff_ffff, 0xffff_ffff]));
  const sound = dataFrame(stream, body, flags);
  return choice.once(8) ? mutatedRaw(sound, choice) : sound;
}
