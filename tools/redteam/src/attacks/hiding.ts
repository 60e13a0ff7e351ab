import { connectRaw, YAMUX_FLAG } from "@fb/p2p-whitelist/testing";
import { concatBytes, MODULES, toHex } from "@fb/types";
import type { Attack, AttackContext } from "../attack.ts";
import { differs } from "../measure/rank-test.ts";
import { identityOf } from "../peer/identity.ts";
import {
  dataFrame,
  type Frame,
  negotiation,
  openFrame,
  readFrames,
  resetFrame,
  synFrame,
} from "../peer/raw-streams.ts";
import { pause } from "./pacing.ts";

/** Below the rate at which the network cuts off (p2p-whitelist SPEC 6.1). */
const EVERY_MS = 5.5;
const UNKNOWN_GROUP = 4_711;

interface Answer {
  readonly bytes: string;
  readonly ms: number;
}

/** Whether a non-member can tell a group that exists from one that does not. */
export const hiding: Attack = {
  name: "hiding",
  who: "non-member",
  does: "opens 5,000 streams of a foreign and of an unknown group in turn, and compares the answers and their times",
  seconds: 30,
  async prepare(context) {
    const ask = await createAsker(context);
    return async (signal) => {
      const answers: Record<"foreign" | "unknown", Answer[]> = { foreign: [], unknown: [] };
      for (let i = 0; !signal.aborted; i++) {
        const kind = i % 2 === 0 ? "foreign" : "unknown";
        const startedAt = performance.now();
        const answer = await ask(kind === "foreign" ? context.group.id : UNKNOWN_GROUP, signal);
        if (answer === null) break;
        context.count(kind);
        answers[kind].push(answer);
        await pause(Math.max(0, EVERY_MS - (performance.now() - startedAt)), signal);
      }
      const kinds = new Set([...answers.foreign, ...answers.unknown].map(({ bytes }) => bytes));
      context.find(kinds.size === 1, `${kinds.size} different answers, the first ${[...kinds][0]}`);
      const z = differs(
        answers.foreign.map(({ ms }) => ms),
        answers.unknown.map(({ ms }) => ms),
      );
      context.find(
        Math.abs(z) < 4,
        `times of foreign and unknown groups differ by ${z.toFixed(1)} standard deviations`,
      );
    };
  },
};

/** Opens a stream for a group and resolves with all that came back until its reset; null when the connection ended. */
async function createAsker({ identities, targets, chainId }: AttackContext) {
  const identity = identityOf(identities["non-member"]);
  const peer = await connectRaw({ ...identity, host: "127.0.0.1", port: targets[0]!.p2pPort });
  const [words, waiting] = [negotiation(chainId), new Map<number, (frame: Frame) => void>()];
  readFrames(peer, (frame) => waiting.get(frame.stream)?.(frame));
  let stream = -1;
  return async (group: number, signal: AbortSignal): Promise<Answer | null> => {
    stream += 2;
    const id = stream;
    const seen: string[] = [];
    let askedAt = 0;
    const done = new Promise<Answer>((resolve) => {
      waiting.set(id, ({ type, flags, length, body }) => {
        seen.push(`${type}.${flags}.${length}.${toHex(body)}`);
        // Both words of the negotiation are answered before the group is named.
        if ((flags & YAMUX_FLAG.rst) !== 0) resolve({ bytes: seen.join(" "), ms: performance.now() - askedAt });
      });
    });
    peer.send(concatBytes(synFrame(id), dataFrame(id, words)));
    await pause(1, signal);
    askedAt = performance.now();
    peer.send(dataFrame(id, openFrame(MODULES.sync, group)));
    const answer = await Promise.race([done, peer.closed, pause(5_000, signal)]);
    waiting.delete(id);
    if (answer === undefined && peer.isOpen) peer.send(resetFrame(id));
    return answer ?? null;
  };
}
