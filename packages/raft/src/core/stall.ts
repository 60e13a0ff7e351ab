/** Notices a job that does not end (SPEC 4.7). */
export class Stall {
  readonly #bound: number;
  #jobs: readonly { readonly job: string | null; readonly ticks: number }[] = [];

  /** @param bound in ticks. */
  constructor(bound: number) {
    this.#bound = bound;
  }

  /** One tick passed. @param jobs what is under way, one place for each kind of job; null = nothing. */
  tick(jobs: readonly (string | null)[]): void {
    this.#jobs = jobs.map((job, i) => {
      const before = this.#jobs[i];
      return { job, ticks: job !== null && before?.job === job ? before.ticks + 1 : 0 };
    });
  }

  /** Some job has taken too long and has not ended since. */
  get stalled(): boolean {
    return this.#jobs.some(({ ticks }) => ticks >= this.#bound);
  }
}
