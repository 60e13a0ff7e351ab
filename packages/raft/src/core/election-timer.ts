/** Counts ticks without a leader against a wait that is drawn anew every time (SPEC 3.1). */
export class ElectionTimer {
  readonly #min: number;
  readonly #max: number;
  #state: number;
  #wait = 0;
  #passed = 0;
  /** Ticks since a leader was heard. */
  #silence = 0;

  constructor(min: number, max: number, seed: number) {
    this.#min = min;
    this.#max = max;
    this.#state = seed >>> 0;
    this.restart();
  }

  /** A leader was heard. */
  heard(): void {
    this.#silence = 0;
    this.restart();
  }

  /** Another wait before (the next) campaign. */
  restart(): void {
    this.#passed = 0;
    this.#wait = this.#min + this.#random(this.#max - this.#min + 1);
  }

  /** One tick: whether it is time to campaign. */
  tick(): boolean {
    this.#passed += 1;
    this.#silence += 1;
    return this.#passed >= this.#wait;
  }

  /** A leader was heard so lately that no correct node's wait for it can have ended. */
  get leaderIsFresh(): boolean {
    return this.#silence < this.#min;
  }

  /** Uniform in 0..n-1, from the seed alone (mulberry32). */
  #random(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }
}
