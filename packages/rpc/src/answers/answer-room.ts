import type { Client } from "../admission/client.ts";
import type { FairShare, Lease } from "../admission/fair-share.ts";

/**
 * What the answer to one body may take: characters of text that are left to its requests, and the bytes held for it in
 * the budget of all answers until it has been written or its client is gone.
 */
export class AnswerRoom {
  readonly client: Client;
  readonly #answers: FairShare;
  readonly #max: number;
  #left: number;
  /** Something did not fit. */
  #overflown = false;
  #lease: Lease | null = null;
  #released = false;

  /** @param maxLength characters of the whole answer */
  constructor(answers: FairShare, client: Client, maxLength: number) {
    this.#answers = answers;
    this.client = client;
    this.#max = maxLength;
    this.#left = maxLength;
  }

  /** Characters that are left. */
  get left(): number {
    return this.#left;
  }

  /** So little is left that what did not fit is no exception. */
  get isFull(): boolean {
    return this.#overflown && this.#left < this.#max / 2;
  }

  /** Waits for room in the budget of all answers for what is about to be made. */
  reserve(bytes: number): Lease | Promise<Lease> {
    return this.#answers.claim(this.client, bytes);
  }

  /** Keeps text for the answer. False when too little is left; then nothing is kept. */
  keep(length: number): boolean {
    if (length > this.#left) {
      this.#overflown = true;
      return false;
    }
    this.#left -= length;
    this.hold(length);
    return true;
  }

  /** Notes that something was not even made, because it would not fit. */
  overflow(): void {
    this.#overflown = true;
  }

  /** Counts bytes that are held for the answer in any case. */
  hold(bytes: number): void {
    if (this.#released) return;
    if (this.#lease === null) this.#lease = this.#answers.take(this.client.party, bytes);
    else this.#lease.resize(this.#lease.cost + bytes);
  }

  /** The answer has been written, or never will be. Idempotent. */
  release(): void {
    this.#released = true;
    this.#lease?.release();
  }
}
