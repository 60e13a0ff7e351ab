import type { Clock } from "../clock.ts";

interface Timer {
  at: number;
  readonly order: number;
  readonly every: number | null;
  readonly fn: () => void;
}

export interface FakeClock extends Clock {
  /** Moves time forward, firing due timers in order of their time, then of their creation. */
  advance(ms: number): void;
  /** Like {@link advance}, but lets pending promises settle after every timer and at the end. */
  advanceAsync(ms: number): Promise<void>;
  /** Timers not yet fired or cancelled. */
  pending(): number;
}

/** A clock that stands still until told to move. */
export function createFakeClock(start = 1_700_000_000_000): FakeClock {
  let time = start;
  let order = 0;
  const timers = new Set<Timer>();

  const add = (ms: number, every: number | null, fn: () => void) => {
    const timer: Timer = { at: time + Math.max(0, ms), order: order++, every, fn };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const nextDue = (until: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.at > until) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  };
  const fire = (timer: Timer) => {
    time = Math.max(time, timer.at);
    if (timer.every === null) timers.delete(timer);
    else timer.at += Math.max(1, timer.every);
    timer.fn();
  };
  const settle = async () => {
    for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  };

  return {
    now: () => time,
    monotonic: () => time - start,
    after: (ms, fn) => add(ms, null, fn),
    every: (ms, fn) => add(ms, ms, fn),
    advance(ms) {
      const until = time + ms;
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) fire(timer);
      time = until;
    },
    async advanceAsync(ms) {
      const until = time + ms;
      await settle();
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
        fire(timer);
        await settle();
      }
      time = until;
      await settle();
    },
    pending: () => timers.size,
  };
}
