import { type IPty, spawn } from "@lydell/node-pty";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;

/** fb-console in a real pseudo-terminal, and somebody who types and reads. */
export class Typist {
  readonly exited: Promise<number>;
  readonly #pty: IPty;
  #screen = "";
  #ended = false;
  #waiting: { readonly text: string; seen(): void; missed(reason: string): void } | null = null;

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#pty = spawn(process.execPath, ["--conditions=fb-source", MAIN, ...args], {
      cols: 200,
      rows: 50,
      env: { ...process.env, ...env },
    });
    this.#pty.onData((text) => {
      this.#screen += text;
      this.#look();
    });
    this.exited = new Promise((resolve) =>
      this.#pty.onExit(({ exitCode, signal }) => {
        this.#ended = true;
        this.#look();
        resolve(signal === undefined || signal === 0 ? exitCode : 128 + signal);
      }),
    );
  }

  /**
   * Resolves with everything shown up to the next appearance of `text`, which the next call does not see again. Rejects
   * with what is shown instead when the console ends without it.
   */
  async see(text: string): Promise<string> {
    await new Promise<void>((seen, missed) => {
      this.#waiting = { text, seen, missed };
      this.#look();
    });
    const end = this.#screen.indexOf(text) + text.length;
    const shown = this.#screen.slice(0, end);
    this.#screen = this.#screen.slice(end);
    return shown;
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  /** What is on the screen when the console has ended, from the last {@link see} on. */
  async rest(): Promise<{ readonly code: number; readonly shown: string }> {
    return { code: await this.exited, shown: this.#screen };
  }

  #look(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    const isThere = this.#screen.includes(waiting.text);
    if (!isThere && !this.#ended) return;
    this.#waiting = null;
    if (isThere) waiting.seen();
    else waiting.missed(`ended without "${waiting.text}": ${this.#screen}`);
  }
}
