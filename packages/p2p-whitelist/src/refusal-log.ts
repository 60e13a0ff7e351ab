import type { Clock, Counter, Logger } from "@fb/runtime";
import type { NodeId } from "@fb/types";
import { reasonName } from "./admission-reasons.ts";
import type { Direction, Refusal } from "./encrypter.ts";

/** Pause before the same refusal of the same peer is logged again, and how many refusals are remembered for that. */
const REPEAT_MS = 60_000;
const MAX_REMEMBERED = 1000;

export interface RefusalLog {
  note(
    refusal: Refusal,
    peer: { readonly node: NodeId | null; readonly address: string; readonly direction: Direction },
  ): void;
  /** A connected peer said why it leaves. */
  goodbye(code: number, node: NodeId): void;
}

/** Tells the operator about refused handshakes, by name and not in a flood: static peers retry for ever. */
export function createRefusalLog(log: Logger, clock: Clock, counter: Counter): RefusalLog {
  const seen = new Map<string, number>();
  const isNews = (key: string): boolean => {
    const now = clock.monotonic();
    const last = seen.get(key);
    if (last !== undefined && now - last < REPEAT_MS) return false;
    seen.delete(key);
    seen.set(key, now);
    if (seen.size > MAX_REMEMBERED) seen.delete(seen.keys().next().value!);
    return true;
  };
  return {
    note(refusal, peer) {
      const { by, reason, issuer } = refusal;
      counter.inc({ by, reason });
      const fields = { reason, peer: peer.node, address: peer.address, direction: peer.direction, issuer };
      // Both are part of normal operation.
      const isQuiet = reason === "DUPLICATE" || reason === "SELF" || !isNews(`${by} ${reason} ${peer.node}`);
      const event = by === "self" ? "peer-refused" : "refused-by-peer";
      if (isQuiet) log.debug(event, fields);
      else log.warn(event, fields);
    },
    goodbye(code, node) {
      const reason = reasonName(code);
      if (reason === "SHUTDOWN" || reason === "DUPLICATE") log.debug("peer-left", { peer: node, reason });
      else log.warn("refused-by-peer", { peer: node, reason });
    },
  };
}
