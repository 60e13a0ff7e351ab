/** Lets at most `count` jobs run at once; the others wait in order. */
export class Permits {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** A permit; whoever has it calls the result once. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }

  async run<T>(job: () => Promise<T>): Promise<T> {
    const release = await this.take();
    try {
      return await job();
    } finally {
      release();
    }
  }
}
