import type { Lease } from "../admission/fair-share.ts";

/** A result with what is to be done when its text has been made, or when the client gets nothing of it. */
export class Handover<T> {
  readonly value: T;
  readonly #lease: Lease | null;
  readonly #takeBack: (() => void) | null;

  /**
   * @param lease what is held for the result until it is text
   * @param takeBack puts back what is not kept once it is handed out
   */
  constructor(value: T, lease: Lease | null, takeBack: (() => void) | null = null) {
    this.value = value;
    this.#lease = lease;
    this.#takeBack = takeBack;
  }

  /** Called once. @param sent false = the client gets nothing of it */
  done(sent: boolean): void {
    this.#lease?.release();
    if (!sent) this.#takeBack?.();
  }
}
