import { type Clock, type CostBudgets, createCostBudgets } from "@fb/runtime";

/** What this thread has done since it was asked before, in milliseconds. */
export interface ThreadUse {
  /** Not waiting for anything to come. */
  readonly activeMs: number;
  /** Of that on a processor; less when others had it meanwhile. Null = not known. */
  readonly cpuMs: number | null;
}

export interface ClientTimeDeps {
  readonly clock: Clock;
  readonly threadUse: () => ThreadUse;
  /** A request of an address had to wait. */
  readonly onHeld: () => void;
}

const LOOK_MS = 100;
/** How much of what was seen before a look counts on. */
const KEPT = 0.8;
/** Processors are short when this thread, when it had work, had less of one than this part of the time. */
const SHORT_BELOW = 0.8;
/** Without so much work in a look, nothing is said about processors. */
const LEAST_ACTIVE_MS = 20;
/** Stays bounded so long after processors were short, or another address asked. */
const STAYS_MS = 5_000;
/** What one address may take of the thread then. */
const SHARE = { burstMs: 300, msPerSecond: 300, maxParties: 4_096 };
/** Requests of one address that wait for its share. */
const MAX_HELD = 128;
/** Prices say little about what a request really costs: at most so many times of it. */
const MAX_FACTOR = 100;

/**
 * Bounds what the requests of one address take of the thread while that costs others something: when other addresses ask,
 * too, and processors are short, so that the groups of the node feel it. Otherwise whoever asks may use all of it.
 *
 * What is charged is a price before the work, times what such prices lately came to in time of the thread.
 */
export class ClientTime {
  readonly #deps: ClientTimeDeps;
  readonly #budgets: CostBudgets<string>;
  /** When each address asked last (monotonic), the longest ago first. */
  readonly #askedAt = new Map<string, number>();
  /** Of each address, requests that wait, with their prices. */
  readonly #held = new Map<string, { readonly micros: number; readonly go: () => void }[]>();
  #pricedMicros = 0;
  #meanPriced = 0;
  #meanActive = 0;
  #meanCpu = 0;
  #shortUntil = Number.NEGATIVE_INFINITY;
  #stop: (() => void) | null = null;

  constructor(deps: ClientTimeDeps) {
    this.#deps = deps;
    this.#budgets = createCostBudgets(SHARE, deps.clock);
  }

  start(): void {
    this.#deps.threadUse();
    this.#stop ??= this.#deps.clock.every(LOOK_MS, () => this.#look());
  }

  /** Lets all go that wait. */
  close(): void {
    this.#stop?.();
    this.#stop = null;
    for (const address of [...this.#held.keys()]) this.#release(address, () => true);
  }

  /** So many requests of the address wait that one more should not even be read. */
  isFull(address: string): boolean {
    return (this.#held.get(address)?.length ?? 0) >= MAX_HELD;
  }

  /** Null = go on at once with a request of this price, in microseconds; otherwise when the promise has resolved. */
  room(address: string, micros: number): Promise<void> | null {
    this.#askedAt.delete(address);
    this.#askedAt.set(address, this.#deps.clock.monotonic());
    const held = this.#held.get(address);
    if (held === undefined && (!this.#isBounded || this.#budgets.waitMs(address) === 0)) {
      this.charge(address, micros);
      return null;
    }
    this.#deps.onHeld();
    return new Promise((go) => {
      if (held === undefined) this.#held.set(address, [{ micros, go }]);
      else held.push({ micros, go });
    });
  }

  /** Charges for what a request that is under way goes on to cost. */
  charge(address: string, micros: number): void {
    this.#pricedMicros += micros;
    if (this.#isBounded) this.#budgets.charge(address, micros * this.#factor);
  }

  get #isBounded(): boolean {
    return this.#askedAt.size > 1 && this.#deps.clock.monotonic() < this.#shortUntil;
  }

  /** Time of the thread for each microsecond of price. */
  get #factor(): number {
    if (this.#meanPriced === 0) return 1;
    return Math.min(MAX_FACTOR, Math.max(1, (1000 * this.#meanActive) / this.#meanPriced));
  }

  #look(): void {
    const { clock, threadUse } = this.#deps;
    const now = clock.monotonic();
    const { activeMs, cpuMs } = threadUse();
    this.#meanActive = KEPT * this.#meanActive + activeMs;
    this.#meanCpu = KEPT * this.#meanCpu + Math.min(activeMs, cpuMs ?? 0);
    this.#meanPriced = KEPT * this.#meanPriced + this.#pricedMicros;
    this.#pricedMicros = 0;
    const isBusy = this.#meanActive >= LEAST_ACTIVE_MS / (1 - KEPT);
    if (isBusy && this.#meanCpu < SHORT_BELOW * this.#meanActive) this.#shortUntil = now + STAYS_MS;
    for (const [address, at] of this.#askedAt) {
      if (now - at < STAYS_MS) break;
      this.#askedAt.delete(address);
    }
    for (const address of [...this.#held.keys()])
      this.#release(address, () => !this.#isBounded || this.#budgets.waitMs(address) === 0);
  }

  /** Lets requests of an address go, in their order, while they may. */
  #release(address: string, mayGo: () => boolean): void {
    const held = this.#held.get(address)!;
    while (held.length > 0 && mayGo()) {
      const { micros, go } = held.shift()!;
      this.charge(address, micros);
      go();
    }
    if (held.length === 0) this.#held.delete(address);
  }
}

/** Of the thread this is called in. Each reader of it has its own beginning. */
export function createThreadUse(): () => ThreadUse {
  let loop = performance.eventLoopUtilization();
  let cpu = cpuMs();
  return () => {
    const [nextLoop, nextCpu] = [performance.eventLoopUtilization(), cpuMs()];
    const use = {
      activeMs: performance.eventLoopUtilization(nextLoop, loop).active,
      cpuMs: nextCpu === null || cpu === null ? null : nextCpu - cpu,
    };
    [loop, cpu] = [nextLoop, nextCpu];
    return use;
  };
}

/** Null where Node does not tell threads apart: before 23.9. Then any work counts as if processors were short. */
function cpuMs(): number | null {
  const use = (process as Partial<Pick<NodeJS.Process, "threadCpuUsage">>).threadCpuUsage?.();
  return use === undefined ? null : (use.user + use.system) / 1000;
}
