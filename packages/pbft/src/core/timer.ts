/** Longest wait = 1.5^8 (about 26) times the shortest. */
export const MAX_GROWTH = 8;

/** Counts ticks. Waits grow by half per proposal that failed, and shrink with every height decided at once (SPEC 6.6). */
export class ViewTimer {
  #baseTicks: number;
  /** Grown waits carried from height to height. */
  #level = 0;
  #left: number | null = null;
  #repeat: number;

  constructor(baseTicks: number) {
    this.#baseTicks = baseTicks;
    this.#repeat = baseTicks;
  }

  get running(): boolean {
    return this.#left !== null;
  }

  /** Ticks to wait after so many `failures` at this height. */
  duration(failures: number): number {
    let ticks = this.#baseTicks;
    for (let i = 0; i < Math.min(failures + this.#level, MAX_GROWTH); i++) ticks = Math.floor((ticks * 3) / 2);
    return ticks;
  }

  restart(failures: number): void {
    this.#left = this.duration(failures);
    this.#repeat = this.#baseTicks;
  }

  stop(): void {
    this.#left = null;
  }

  /** One tick: whether the view is over, and whether it is time to repeat what we said. */
  tick(): { readonly expired: boolean; readonly repeat: boolean } {
    if (this.#left === null) return { expired: false, repeat: false };
    this.#left -= 1;
    this.#repeat -= 1;
    const repeat = this.#repeat <= 0;
    if (repeat) this.#repeat = this.#baseTicks;
    return { expired: this.#left <= 0, repeat };
  }

  /** A height ended after so many `failures`; the next one starts from `baseTicks`. */
  heightDone(failures: number, baseTicks: number): void {
    if (failures === 0) this.#level = Math.max(0, this.#level - 1);
    else if (failures > 1) this.#level = Math.min(MAX_GROWTH, this.#level + 1);
    this.#baseTicks = baseTicks;
    this.#left = null;
  }
}
