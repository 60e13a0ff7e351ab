import type { ModuleName } from "@fb/types";
import type { SendQueue } from "./send-queue.ts";

/**
 * Bytes handed to a stream at once: small enough that urgent messages overtake, big enough to be cheap. With its yamux
 * header it fits into one noise packet (65,519 bytes).
 */
export const CHUNK_BYTES = 63 * 1024;

/** One stream that sends messages of a module of a group. */
export interface SendLane {
  readonly module: ModuleName;
  readonly queue: SendQueue;
  /** False while the stream must drain. */
  isWritable(): boolean;
  write(chunk: Uint8Array): void;
}

/**
 * Shares one connection. Groups take turns chunk by chunk (equal bytes under load); within a group consensus goes
 * first and the other modules take turns.
 */
export interface SendScheduler {
  add(group: number, lane: SendLane): void;
  remove(group: number): void;
  /** Writes until nothing more can be written. */
  pump(): void;
}

interface GroupLanes {
  readonly urgent: SendLane[];
  /** Rotated after each turn. */
  readonly others: SendLane[];
}

/** @param mayWrite false while the whole connection has to drain. */
export function createSendScheduler(mayWrite: () => boolean = () => true): SendScheduler {
  const groups = new Map<number, GroupLanes>();
  let ring: number[] = [];
  let position = 0;
  let pumping = false;

  const ready = (lane: SendLane) => !lane.queue.isEmpty && lane.isWritable();
  const next = (lanes: GroupLanes): SendLane | undefined => {
    const urgent = lanes.urgent.find(ready);
    if (urgent !== undefined) return urgent;
    const index = lanes.others.findIndex(ready);
    if (index < 0) return undefined;
    const [lane] = lanes.others.splice(index, 1);
    lanes.others.push(lane!);
    return lane;
  };

  return {
    add(group, lane) {
      let lanes = groups.get(group);
      if (lanes === undefined) {
        groups.set(group, (lanes = { urgent: [], others: [] }));
        ring = [...groups.keys()];
      }
      (lane.module === "consensus" ? lanes.urgent : lanes.others).push(lane);
    },
    remove(group) {
      groups.delete(group);
      ring = [...groups.keys()];
    },
    pump() {
      // A write can fail, end its link and come back here.
      if (pumping) return;
      pumping = true;
      try {
        let idle = 0;
        while (ring.length > 0 && idle < ring.length && mayWrite()) {
          position = (position + 1) % ring.length;
          const lanes = groups.get(ring[position]!);
          const lane = lanes === undefined ? undefined : next(lanes);
          if (lane === undefined) {
            idle++;
            continue;
          }
          idle = 0;
          lane.write(lane.queue.take(CHUNK_BYTES));
        }
      } finally {
        pumping = false;
      }
    },
  };
}
