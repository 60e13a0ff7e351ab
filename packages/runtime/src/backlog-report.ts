import type { Logger } from "./logger.ts";

/** A backlog is told of again after so many steps. */
const EVERY_STEPS = 1_000;

/** Tells the log of a backlog that is worked off bit by bit: when there is one, how far it is, and its end. */
export class BacklogReport {
  readonly #log: Logger;
  readonly #name: string;
  #steps = 0;

  /** @param name of the work; the events are `<name>` and `<name>-done` */
  constructor(log: Logger, name: string) {
    this.#log = log;
    this.#name = name;
  }

  /**
   * One step is done.
   *
   * @param remaining what is left for later steps
   * @param lowest up to where the work is done
   */
  step(remaining: number, lowest: number): void {
    if (remaining > 0) {
      if (this.#steps++ % EVERY_STEPS === 0) this.#log.info(this.#name, { lowest, remaining });
    } else if (this.#steps > 0) {
      this.#steps = 0;
      this.#log.info(`${this.#name}-done`, { lowest });
    }
  }
}
