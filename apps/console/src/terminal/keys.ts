import { Readable } from "node:stream";

/** The keys typed into one question, as the stream that `node:readline` takes them from. */
export class Keys extends Readable {
  readonly #setRawMode: (on: boolean) => void;
  #finished = false;

  constructor(setRawMode: (on: boolean) => void) {
    super({ encoding: "utf8" });
    this.#setRawMode = setRawMode;
  }

  /** Hands keys over at once, not in a later turn: whether they answered must be known before more are handed over. */
  press(text: string): void {
    this.emit("data", text);
  }

  /** For readline: around a suspension (Ctrl-Z) it has to take effect, but its end must not bring the echo back. */
  setRawMode(on: boolean): void {
    if (!this.#finished) this.#setRawMode(on);
  }

  finish(): void {
    this.#finished = true;
  }

  override _read(): void {}
}
