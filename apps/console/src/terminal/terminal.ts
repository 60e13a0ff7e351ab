import { type Completer, createInterface, emitKeypressEvents, type Key } from "node:readline";
import { Keys } from "./keys.ts";

/** Text typed while nothing asks for it; what is more is dropped. */
const MAX_AHEAD = 65_536;
const CTRL_C = "\u0003";
/** One question takes typed text up to the first of these: Enter, Ctrl-C or Ctrl-D. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys of a terminal are control characters.
const LAST_KEY = /\r\n|[\r\n\u0003\u0004]/;

/** The keyboard of a terminal, as `process.stdin` is one. */
export interface Keyboard extends NodeJS.ReadableStream {
  setRawMode(on: boolean): unknown;
}

/** Asks with the keys it is given and answers once; returns how to let go of the keys. */
type Question<T> = (keys: Keys, answer: (value: T) => void) => () => void;

/**
 * Somebody at a terminal, asked one question at a time. The terminal itself never echoes: what is typed between two
 * questions waits unseen and belongs to the next one, so that a password typed ahead shows nowhere. Ctrl-C while nothing
 * is asked ends the process, as it does without a terminal.
 */
export class Terminal {
  readonly #keyboard: Keyboard;
  readonly #screen: NodeJS.WritableStream;
  readonly #onTyped = (text: string) => {
    this.#ahead = (this.#ahead + text).slice(0, MAX_AHEAD);
    this.#feed();
  };
  readonly #onEnd = () => {
    this.#ended = true;
    this.#feed();
  };
  /** Keys of the open question. */
  #asking: Keys | null = null;
  #ahead = "";
  #ended = false;

  constructor(keyboard: Keyboard, screen: NodeJS.WritableStream) {
    this.#keyboard = keyboard;
    this.#screen = screen;
    keyboard.setRawMode(true);
    keyboard.setEncoding("utf8");
    keyboard.on("data", this.#onTyped);
    keyboard.on("end", this.#onEnd);
  }

  /**
   * A line, edited with the keys of readline. Ctrl-C clears it. Null when there is no more: Ctrl-D on an empty line, or
   * the terminal is gone.
   *
   * @param history newest first
   */
  async readLine(prompt: string, history: readonly string[], completer: Completer): Promise<string | null> {
    for (;;) {
      const line = await this.#ask<string | null | undefined>((keys, answer) => {
        const reader = createInterface({
          input: keys,
          output: this.#screen,
          terminal: true,
          history: [...history],
          historySize: history.length + 1,
          completer,
          prompt,
        });
        reader.on("line", answer);
        reader.on("close", () => answer(null));
        reader.on("SIGINT", () => {
          this.#screen.write("^C\n");
          answer(undefined);
        });
        reader.prompt();
        return () => reader.close();
      });
      if (line !== undefined) return line;
    }
  }

  /** What is typed, unseen. Null when Ctrl-C, Ctrl-D or the end of the terminal stops it. */
  async readSecret(prompt: string): Promise<string | null> {
    this.#screen.write(prompt);
    const secret = await this.#ask<string | null>((keys, answer) => {
      let typed = "";
      emitKeypressEvents(keys);
      keys.on("keypress", (text: string | undefined, key: Key) => {
        if (key.name === "return" || key.name === "enter") answer(typed);
        else if (key.ctrl && (key.name === "c" || key.name === "d")) answer(null);
        else if (key.ctrl && key.name === "u") typed = "";
        else if (key.name === "backspace") typed = [...typed].slice(0, -1).join("");
        // Arrows and the like come as escape sequences.
        else if (text !== undefined && !/\p{Cc}/u.test(text)) typed += text;
      });
      keys.on("end", () => answer(null));
      return () => keys.removeAllListeners();
    });
    this.#screen.write("\n");
    return secret;
  }

  /** Gives the keyboard back. Idempotent. */
  close(): void {
    this.#keyboard.off("data", this.#onTyped);
    this.#keyboard.off("end", this.#onEnd);
    this.#keyboard.setRawMode(false);
    this.#keyboard.pause();
  }

  #ask<T>(question: Question<T>): Promise<T> {
    return new Promise((resolve) => {
      const keys = new Keys((on) => this.#keyboard.setRawMode(on));
      const letGo = question(keys, (value) => {
        if (this.#asking !== keys) return;
        this.#asking = null;
        keys.finish();
        letGo();
        resolve(value);
      });
      this.#asking = keys;
      this.#keyboard.resume();
      this.#feed();
    });
  }

  #feed(): void {
    while (this.#asking !== null && this.#ahead !== "") {
      const last = LAST_KEY.exec(this.#ahead);
      const size = last === null ? this.#ahead.length : last.index + last[0].length;
      const text = this.#ahead.slice(0, size);
      this.#ahead = this.#ahead.slice(size);
      this.#asking.press(text.replace("\r\n", "\r"));
    }
    if (this.#ended) this.#asking?.emit("end");
    if (this.#asking !== null || !this.#ahead.includes(CTRL_C)) return;
    this.close();
    process.kill(process.pid, "SIGINT");
  }
}
