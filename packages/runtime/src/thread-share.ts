export interface ThreadShareOptions {
  /** Work of one turn of the event loop, in milliseconds at the prices of work. */
  readonly sliceMs: number;
  /** Number of lanes; a lower one goes first. */
  readonly lanes: number;
}

/**
 * Lets work that is done for others go on in slices: between two of them the event loop handles whatever else has
 * arrived, so that nothing waits longer than for one slice.
 */
export interface ThreadShare {
  /**
   * Asks for room for one piece of work. Null = go on at once; otherwise go on when the promise has resolved. Lanes come
   * in their order, but every fourth turn begins with the last one; within a lane the parties take turns, and within a
   * party the pieces keep their order.
   *
   * @param micros what the piece costs, at the prices of work.
   */
  take(lane: number, party: unknown, micros: number): Promise<void> | null;
}

/** A turn in so many begins with the last lane, so that a busy first one starves nobody. */
const REVERSED_TURNS = 4;

interface Waiting {
  readonly micros: number;
  readonly go: () => void;
}

export function createThreadShare({ sliceMs, lanes: count }: ThreadShareOptions): ThreadShare {
  const slice = sliceMs * 1000;
  /** Of each lane, those who wait, in turn. */
  const lanes = Array.from({ length: count }, () => new Map<unknown, Waiting[]>());
  const reversed = [...lanes].reverse();
  let waiting = 0;
  let used = 0;
  let turn = 0;
  let isScheduled = false;

  const next = (order: readonly Map<unknown, Waiting[]>[]): Waiting => {
    const lane = order.find(({ size }) => size > 0)!;
    const [party, pieces] = lane.entries().next().value!;
    const piece = pieces.shift()!;
    lane.delete(party);
    if (pieces.length > 0) lane.set(party, pieces);
    waiting--;
    return piece;
  };
  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(begin);
  };
  const begin = () => {
    isScheduled = false;
    used = 0;
    const order = ++turn % REVERSED_TURNS === 0 ? reversed : lanes;
    while (waiting > 0 && used < slice) {
      const { micros, go } = next(order);
      used += micros;
      go();
    }
    if (used > 0) schedule();
  };

  return {
    take(lane, party, micros) {
      schedule();
      if (waiting === 0 && used < slice) {
        used += micros;
        return null;
      }
      return new Promise((go) => {
        const pieces = lanes[lane]!.get(party);
        if (pieces === undefined) lanes[lane]!.set(party, [{ micros, go }]);
        else pieces.push({ micros, go });
        waiting++;
      });
    },
  };
}
