import type { ThreadShareOptions } from "./options.ts";

/** Room on the thread for one kind of work. */
export interface ThreadLane {
  /**
   * Asks for room for one piece of work. Null = go on at once; otherwise go on when the promise has resolved. Within a
   * lane the parties take turns, and within a party the pieces keep their order.
   *
   * @param micros what the piece costs, at the prices of work.
   */
  take(party: unknown, micros: number): Promise<void> | null;
}

/** A turn in so many begins with another lane than the first, so that a busy one starves nobody. */
const OTHER_TURNS = 4;

interface Waiting {
  readonly micros: number;
  readonly go: () => void;
}

/**
 * Lets work that is done for others go on in slices: between two of them the event loop handles whatever else has
 * arrived, so that nothing waits longer than for one slice. Of the lanes the first goes first, but every fourth turn
 * begins with another one, each of them in turn.
 */
export function createThreadShare({ sliceMs, lanes: count }: ThreadShareOptions): readonly ThreadLane[] {
  const slice = sliceMs * 1000;
  /** Of each lane, those who wait, in turn. */
  const lanes = Array.from({ length: count }, () => new Map<unknown, Waiting[]>());
  let waiting = 0;
  let used = 0;
  let turn = 0;
  let isScheduled = false;

  const hasRoom = (micros: number) => used === 0 || used + micros <= slice;
  /** Whose turn it is. */
  const next = (favoured: Map<unknown, Waiting[]>) => {
    const lane = favoured.size > 0 ? favoured : lanes.find(({ size }) => size > 0);
    if (lane === undefined) return null;
    const [party, pieces] = lane.entries().next().value!;
    return { lane, party, pieces };
  };
  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(begin);
  };
  const begin = () => {
    isScheduled = false;
    used = 0;
    const other = ++turn % OTHER_TURNS === 0 ? 1 + ((turn / OTHER_TURNS) % Math.max(1, count - 1)) : 0;
    const favoured = lanes[other] ?? lanes[0]!;
    for (let found = next(favoured); found !== null && hasRoom(found.pieces[0]!.micros); found = next(favoured)) {
      const { lane, party, pieces } = found;
      const { micros, go } = pieces.shift()!;
      lane.delete(party);
      if (pieces.length > 0) lane.set(party, pieces);
      used += micros;
      waiting--;
      go();
    }
    if (used > 0) schedule();
  };

  return lanes.map((lane) => ({
    take(party, micros) {
      schedule();
      if (waiting === 0 && hasRoom(micros)) {
        used += micros;
        return null;
      }
      return new Promise<void>((go) => {
        const pieces = lane.get(party);
        if (pieces === undefined) lane.set(party, [{ micros, go }]);
        else pieces.push({ micros, go });
        waiting++;
      });
    },
  }));
}
