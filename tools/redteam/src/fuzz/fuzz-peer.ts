import { connectRaw, type RawPeer, YAMUX_FLAG, YAMUX_FRAME, yamuxFrame } from "@fb/p2p-whitelist/testing";
import { type Choice, choices, mutatedMessage, mutatedRaw } from "@fb/runtime/testing";
import { concatBytes, MODULES, type ModuleName } from "@fb/types";
import type { Assault, AttackContext } from "../attack.ts";
import { pause, repeat } from "../attacks/pacing.ts";
import { intrude } from "../peer/flood.ts";
import { identityOf, moreIdentities, type PeerIdentity } from "../peer/identity.ts";
import { dataFrame, negotiation, openFrame, readFrames, synFrame } from "../peer/raw-streams.ts";

const HEARD = 500;
const MODULE_NAMES = Object.keys(MODULES) as readonly ModuleName[];
/** A node that has had enough of a member leaves it alone for a while: what is sent then reaches nobody. */
const PER_MEMBER = 0.02;
const FRAMES_EACH = 400;
/** What ends a connection, and costs both sides a handshake, is one frame in so many. */
const FATAL = 40;
/** A node takes so few openings of a stranger that the rest of the frames are for streams it has refused. */
const OPENING = 50;
/** Connections to each node at once: a handshake is some round trips, in which others go on. */
const LANES = 8;
const PROGRESS_MS = 15_000;

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
  // The same key from two lanes would end one of the connections.
  const like = identityOf(context.identities["non-member"]);
  const identities = await moreIdentities(context.agency, like, LANES * context.targets.length);
  let left = context.messages;
  const progress = setInterval(() => {
    const done = context.messages - Math.max(0, left);
    console.error(`  fuzz-peer: ${done} of ${context.messages} frames`);
  }, PROGRESS_MS);
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const lane = (identity: PeerIdentity, index: number) => {
    const choice = choices(context.seed * 1_000 + index);
    const target = context.targets[index % context.targets.length]!;
    return repeat(both, async () => {
      const peer = await connectRaw({ ...identity, host: "127.0.0.1", port: target.p2pPort });
      context.count("connections");
      try {
        await speak(peer, context, choice, both, () => left--);
      } finally {
        await peer.close();
      }
      if (left <= 0) ended.abort();
    });
  };
  await Promise.all(identities.map(lane));
  clearInterval(progress);
  context.find(left <= 0, `${context.messages - Math.max(0, left)} of ${context.messages} changed frames sent`);
}

async function speak(
  peer: RawPeer,
  context: AttackContext,
  choice: Choice,
  signal: AbortSignal,
  spend: () => number,
): Promise<void> {
  const refused: number[] = [];
  let onRefused = () => {};
  readFrames(peer, ({ flags, stream }) => {
    if ((flags & YAMUX_FLAG.rst) === 0) return;
    refused.push(stream);
    onRefused();
  });
  let opened = 0;
  for (let n = 0; n < FRAMES_EACH && peer.isOpen && !signal.aborted && spend() > 0; n++) {
    context.count("frames");
    const isOpening = n === 0 || choice.once(OPENING);
    const frame = isOpening
      ? opening(choice, context.chainId, 2 * opened++ + 1)
      : choice.once(FATAL)
        ? changedFrame(choice, context.chainId, n)
        : dataFrame(choice.of(refused), choice.bytes(1 + choice.below(200)));
    const answered = new Promise<void>((resolve) => (onRefused = resolve));
    if (!peer.send(frame)) await Promise.race([peer.drained(), peer.closed, pause(1_000, signal)]);
    // A node that has had enough of an agency reads on when it is its turn.
    if (isOpening) await Promise.race([answered, peer.closed, pause(2_000, signal)]);
    if (refused.length === 0) return;
    if (choice.once(FATAL)) await pause(1, signal);
  }
  await Promise.race([peer.closed, pause(20, signal)]);
}

/** A stream that is opened as it should be, for something that is almost a group. */
function opening(choice: Choice, chainId: number, stream: number): Uint8Array {
  const wish = openFrame(choice.below(6), choice.of([1, 2, 9, 777, 32_767]));
  // Of a shorter one the node would wait for the rest.
  const changed = concatBytes(mutatedRaw(wish, choice), wish).subarray(0, wish.length);
  return concatBytes(
    synFrame(stream),
    dataFrame(stream, concatBytes(negotiation(chainId), choice.of([wish, changed]))),
  );
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
